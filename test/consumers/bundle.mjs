/** Puts a program and everything that it imports into one file: `node bundle.mjs <bundler> <type> <entry> <folder>`, in the folder of the tools. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [bundler, type, entry, folder] = process.argv.slice(2);
const extension = type === 'module' ? 'mjs' : 'cjs';

/** What Nest asks for only where it is used, and what it therefore may miss. */
const ABSENT = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@fastify/static',
  '@fastify/view',
  'class-transformer',
  'class-validator',
];
const isAbsent = (request) => ABSENT.some((name) => request === name || request.startsWith(`${name}/`));

const BUNDLERS = {
  async esbuild() {
    const { build } = await import('esbuild');
    await build({
      entryPoints: [entry],
      outfile: join(folder, `main.${extension}`),
      bundle: true,
      minify: true,
      platform: 'node',
      format: type === 'module' ? 'esm' : 'cjs',
      external: ABSENT.flatMap((name) => [name, `${name}/*`]),
      logLevel: 'error',
      // What esbuild's own documentation has for CommonJS packages in an ES module.
      ...(type === 'module' && {
        banner: { js: "import { createRequire as make } from 'node:module'; const require = make(import.meta.url);" },
      }),
    });
  },
  async webpack() {
    const [{ default: webpack }, { default: TerserPlugin }] = [await import('webpack'), await import('terser-webpack-plugin')];
    const config = {
      mode: 'production',
      target: 'node20',
      entry,
      output: { path: folder, filename: `main.${extension}` },
      externals: [({ request }, done) => (isAbsent(request) ? done(null, `commonjs ${request}`) : done())],
      optimization: { minimizer: [new TerserPlugin({ extractComments: false })] },
      performance: false,
    };
    const stats = await new Promise((done, fail) => webpack(config, (error, result) => (error ? fail(error) : done(result))));
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
    process.stderr.write(stats.toString({ all: false, warnings: true }));
  },
  async ncc() {
    const { default: ncc } = await import('@vercel/ncc');
    const { code, assets } = await ncc(entry, { minify: true, quiet: true });
    writeFileSync(join(folder, `main.${extension}`), code);
    for (const [name, { source }] of Object.entries(assets)) writeFileSync(join(folder, name), source);
  },
};

await BUNDLERS[bundler]();
