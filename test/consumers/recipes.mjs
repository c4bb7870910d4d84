/** How each kind of consumer is built and run. A recipe throws what went wrong; what it resolves to is a note for the table, or nothing. */
import { deepStrictEqual } from 'node:assert';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const NO_WARNINGS = '--disable-warning=ExperimentalWarning';
const VM_MODULES = '--experimental-vm-modules';

const bin = (home, path) => join(home, 'node_modules', path);

/** What a program that was driven over HTTP has answered. */
const ANSWERS = {
  visits: [
    { count: 1, text: 3000 },
    { count: 2, text: 3000 },
  ],
  session: [{ seen: 1 }, { seen: 2 }],
  outage: { outage: true },
  products: [{ runs: 1 }, true],
};
const OF_DOORS = { point: 2, outage: true, wrapped: 42, password: true, token: 'SENTINEL_CACHE:default' };

/** Runs a compiled program on Redis; it has to answer right, to write nothing else, and to end by itself. */
async function expectAnswers(work, { file, node, name, cwd, answers = ANSWERS }) {
  const env = { REDIS_URL: await work.redis(), CONSUMER: name };
  const output = await work.run(await work.node(node), [NO_WARNINGS, file], { cwd, env });
  const lines = output.trim().split('\n');
  deepStrictEqual(lines.map(parsed), [answers]);
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return line; // Not ours: the comparison shows it.
  }
}

export const RECIPES = {
  async template(work, { set, node, name }) {
    const { app, manifest } = await work.template(set);
    const home = await work.set(set);
    const program = await work.node(node);
    const env = { REDIS_URL: await work.redis(), CONSUMER: name };
    await expectAnswers(work, { file: 'dist/main.js', node, name, cwd: app });
    const [runner, unit, e2e] =
      manifest.type === 'module'
        ? ['vitest/vitest.mjs', ['run'], ['run', '--config', './vitest.config.e2e.ts']]
        : ['jest/bin/jest.js', [], ['--config', './test/jest-e2e.json']];
    for (const args of [unit, e2e]) await work.run(program, [bin(home, runner), ...args], { cwd: app, env });
  },

  async program(work, { set, type, platform, node, name }) {
    const out = await work.program(set, type);
    await expectAnswers(work, { file: platform === 'fastify' ? 'fastify.js' : 'main.js', node, name, cwd: out });
  },

  async doors(work, { set, type, node, name }) {
    await expectAnswers(work, { file: 'doors.js', node, name, cwd: await work.program(set, type), answers: OF_DOORS });
  },

  async jestEsm(work, { set, type }) {
    const out = await work.program(set, type);
    const config = JSON.stringify({ testRegex: 'visits\\.service\\.spec\\.js$', rootDir: out, transform: {} });
    const jest = bin(await work.set(set), 'jest/bin/jest.js');
    await work.run(process.execPath, [NO_WARNINGS, VM_MODULES, jest, '--config', config], { cwd: out });
  },

  async nodeTest(work, { set, type }) {
    const out = await work.program(set, type);
    await work.run(process.execPath, [NO_WARNINGS, '--test', 'visits.node.js'], { cwd: out });
  },

  async nestWebpack(work, { set, name }) {
    const { app } = await work.template(set);
    const home = await work.set(set);
    const copy = join(home, 'template-webpack');
    cpSync(app, copy, { recursive: true });
    await work.run(process.execPath, [bin(home, '@nestjs/cli/bin/nest.js'), 'build', '--webpack'], { cwd: copy });
    await expectAnswers(work, { file: 'dist/main.js', name, cwd: copy });
  },

  async bundle(work, { set, type, bundler, name }) {
    const out = await work.program(set, type);
    const folder = join(await work.set(set), 'bundles', `${bundler}-${type}`);
    mkdirSync(folder, { recursive: true });
    const tools = await work.tools();
    cpSync(new URL('./fixtures/bundle.mjs.txt', import.meta.url), join(tools, 'bundle.mjs'));
    await work.run(process.execPath, [join(tools, 'bundle.mjs'), bundler, type, join(out, 'main.js'), folder], { cwd: tools });
    await expectAnswers(work, { file: `main.${type === 'module' ? 'mjs' : 'cjs'}`, name, cwd: folder });
  },

  async types(work, { set, nest, type, compiler, module, moduleResolution }) {
    const home = join(await work.set(set), `types-${type}-${module}-${moduleResolution}-${compiler}`);
    const options = {
      module,
      moduleResolution,
      types: ['node'],
      // TypeScript 6 takes node10 only from those who say that they know its end.
      ...(moduleResolution === 'node10' && compiler === '6.0' && { ignoreDeprecations: '6.0' }),
    };
    const files = ['settings', 'visits.service', 'visits.controller', 'app.module', 'doors'];
    // @nestjs/cache-manager has types of one kind: CommonJS in 3, ESM in 12. From the other kind its `stores` takes no Keyv, not even Keyv's own.
    if ((nest === '12') === (type === 'module')) files.push('cache-module');
    const { output } = await work.compile({ home, type, files, options, compiler, emit: false });
    const errors = output.split('\n').filter((line) => line !== '');
    const ours = errors.filter((line) => !/^(\.\.\/)*node_modules\/(?!nestjs-sentinel-cache\/|local-sentinel\/)|^ /.test(line));
    if (ours.length > 0) throw new Error(ours.join('\n'));
  },
};
