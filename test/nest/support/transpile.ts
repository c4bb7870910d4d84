import { transformFile } from '@swc/core';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The sources of a library as JavaScript, for a process of its own; a folder from which its dependencies can be found. */
export interface Transpiled {
  readonly folder: string;
  remove(): Promise<void>;
}

/** No build is needed, and none is used. */
export async function transpile(library: 'sentinel-cache' | 'local-sentinel'): Promise<Transpiled> {
  const source = resolve('libs', library, 'src');
  const cache = resolve('libs', library, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, `${library}-`));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  await Promise.all(
    names.map(async (name) => {
      const { code } = await transformFile(join(source, name), {
        swcrc: false,
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      });
      const target = join(folder, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }),
  );
  return { folder, remove: async () => rm(folder, { recursive: true, force: true }) };
}
