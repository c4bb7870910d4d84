/**
 * Every combination that `npm run test:consumers` tries, as data: the recipe that builds and runs it, what it gets, and whether it belongs to the
 * subset. A row of the table in docs/compatibility.md each.
 */
import { NODES } from './sets.mjs';

/** The subset runs on it: what it lacks, newer ones only have in addition. */
const [OLDEST_NODE] = NODES;
const NESTS = ['11', '12'];
const COMPILERS = ['5.7', '5.9', '6.0', '7.0'];

/** The consumers as the CLI of Nest makes them, our module added and nothing else changed; with all the tests that they bring. */
const TEMPLATES = NESTS.flatMap((nest) =>
  NODES.map((node) => ({ recipe: 'template', set: `nest-${nest}`, nest, node, subset: node === OLDEST_NODE })),
);

/** One compiled program: Nest, kind of module, platform, Node. */
const PROGRAMS = NESTS.flatMap((nest) =>
  ['commonjs', 'module'].flatMap((type) =>
    ['express', 'fastify'].flatMap((platform) =>
      NODES.map((node) => ({ recipe: 'program', set: `nest-${nest}`, nest, type, platform, node, subset: node === OLDEST_NODE })),
    ),
  ),
);

/** How a program that is not ESM, and one that is, may ask the compiler to find packages. `since`, `until`: the compilers that know it. */
const RESOLUTIONS = [
  { type: 'commonjs', module: 'commonjs', moduleResolution: 'node10', until: '6.0' },
  { type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  { type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  { type: 'commonjs', module: 'commonjs', moduleResolution: 'bundler', since: '6.0' },
  { type: 'commonjs', module: 'preserve', moduleResolution: 'bundler' },
  { type: 'module', module: 'node16', moduleResolution: 'node16' },
  { type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
];

/** Nest 12 is ESM only: a CommonJS program gets at its types by `nodenext` of TypeScript 5.8 and newer, or by `bundler`. */
function nestAllows({ nest, type, moduleResolution, compiler }) {
  if (nest === '11' || type === 'module' || moduleResolution === 'bundler') return true;
  return moduleResolution === 'nodenext' && compiler !== '5.7';
}

const TYPES = NESTS.flatMap((nest) =>
  RESOLUTIONS.flatMap(({ since = '0', until = '9', ...options }) =>
    COMPILERS.filter((compiler) => compiler >= since && compiler <= until).map((compiler) => ({
      recipe: 'types',
      set: `nest-${nest}`,
      nest,
      compiler,
      ...options,
      subset: compiler === '6.0' && nest === '11' && ['node10', 'nodenext'].includes(options.moduleResolution),
    })),
  ),
).filter(nestAllows);

const BUNDLES = [
  { tool: 'nest build --webpack', set: 'nest-11', type: 'commonjs', recipe: 'nestWebpack' },
  ...NESTS.flatMap((nest) =>
    [
      { tool: 'webpack, terser', type: 'commonjs', bundler: 'webpack' },
      { tool: 'esbuild, minified', type: 'commonjs', bundler: 'esbuild' },
      { tool: 'esbuild, minified', type: 'module', bundler: 'esbuild', subset: nest === '12' },
      { tool: 'ncc', type: 'commonjs', bundler: 'ncc' },
    ].map((bundle) => ({ recipe: 'bundle', set: `nest-${nest}`, ...bundle })),
  ),
].map((bundle) => ({ nest: bundle.set.slice(-2), ...bundle }));

/** Runners of tests besides those of the templates (Jest with ts-jest, Vitest). */
const RUNNERS = NESTS.flatMap((nest) => [
  { recipe: 'jestEsm', set: `nest-${nest}`, nest, runner: "Jest's ESM mode", type: 'module' },
  { recipe: 'nodeTest', set: `nest-${nest}`, nest, runner: 'node --test', type: 'commonjs' },
  { recipe: 'nodeTest', set: `nest-${nest}`, nest, runner: 'node --test', type: 'module' },
]);

/** All doors at once, with cache-manager over `keyvStore`; Keyv 5 is what the library brings, 6 what an application may have beside it. */
const DOORS = NESTS.flatMap((nest) =>
  ['5', '6'].flatMap((keyv) =>
    ['commonjs', 'module'].map((type) => ({
      recipe: 'doors',
      set: keyv === '5' ? `nest-${nest}` : `nest-${nest}-keyv-6`,
      nest,
      keyv,
      type,
      subset: nest === '11' && keyv === '5',
    })),
  ),
);

export const MATRIX = [...TEMPLATES, ...PROGRAMS, ...DOORS, ...RUNNERS, ...BUNDLES, ...TYPES].map((combination) => ({
  ...combination,
  name: nameOf(combination),
}));

function nameOf({ recipe, nest, ...rest }) {
  const kind = rest.type === 'module' ? 'ESM' : rest.type === 'commonjs' ? 'CommonJS' : undefined;
  const parts = {
    template: () => ['template of the Nest CLI', `Node ${rest.node}`],
    program: () => [kind, rest.platform, `Node ${rest.node}`],
    types: () => [`TypeScript ${rest.compiler}`, kind, `module ${rest.module}`, `moduleResolution ${rest.moduleResolution}`],
    bundle: () => [rest.tool, kind],
    nestWebpack: () => [rest.tool, kind],
    jestEsm: () => [rest.runner],
    nodeTest: () => [rest.runner, kind],
    doors: () => ['every door', kind, `Keyv ${rest.keyv}`],
  };
  return [`Nest ${nest}`, ...parts[recipe]()].join(', ');
}
