/** The tables of docs/compatibility.md, drawn of what came of the matrix: a row for what belongs together, a column for each version. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root } from '../../scripts/run.mjs';
import { MATRIX } from './matrix.mjs';
import { NODES } from './sets.mjs';

const PAGE = join(root, 'docs/compatibility.md');
const [START, END] = ['<!-- consumers -->', '<!-- /consumers -->'];
const KINDS = { commonjs: 'CommonJS', module: 'ESM' };

/** What a reader sees in place of a combination that was not tried: Nest, the compiler or the bundler does not know it. */
const ABSENT = '';

const TABLES = [
  {
    title: 'Applications',
    recipes: ['template', 'program'],
    row: ({ recipe, nest, type, platform }) =>
      recipe === 'template'
        ? `Nest ${nest}, as the Nest CLI makes it: ${nest === '11' ? 'CommonJS, Jest 30 with ts-jest' : 'ESM, Vitest'}`
        : `Nest ${nest}, ${KINDS[type]}, ${platform === 'express' ? 'Express' : 'Fastify'}`,
    columns: NODES.map((node) => `Node ${node}`),
    column: ({ node }) => `Node ${node}`,
  },
  {
    title: 'Types',
    recipes: ['types'],
    row: ({ nest, type, module, moduleResolution }) =>
      `Nest ${nest}, ${KINDS[type]}: \`module\` ${module}, \`moduleResolution\` ${moduleResolution}`,
    columns: ['5.7', '5.9', '6.0', '7.0'].map((version) => `TypeScript ${version}`),
    column: ({ compiler }) => `TypeScript ${compiler}`,
  },
  {
    title: 'Bundlers, test runners, Keyv',
    recipes: ['bundle', 'nestWebpack', 'jestEsm', 'nodeTest', 'doors'],
    row: ({ tool, runner, keyv, type }) => {
      const what = tool ? `${tool}` : (runner ?? `every door, with cache-manager, beside Keyv ${keyv}`);
      return `${what}, ${KINDS[type]}`;
    },
    columns: ['Nest 11', 'Nest 12'],
    column: ({ nest }) => `Nest ${nest}`,
  },
];

/** Puts the tables into the page. */
export function writeTables(results) {
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), results));
}

/** What is wrong with the page: rows that the matrix has not, or the other way round. */
function tableProblem() {
  const page = readFileSync(PAGE, 'utf8');
  if (page.replaceAll(/\bno\b(?= \|)/g, 'yes') === withTables(page, MATRIX)) return undefined;
  return 'docs/compatibility.md shows another matrix than test/consumers/matrix.mjs: `npm run test:consumers -- --write` draws it.';
}

function withTables(page, results) {
  const before = page.slice(0, page.indexOf(START) + START.length);
  return `${before}\n${TABLES.map((table) => draw(table, results)).join('')}\n${page.slice(page.indexOf(END))}`;
}

function draw({ title, recipes, row, columns, column }, results) {
  const of = results.filter(({ recipe }) => recipes.includes(recipe));
  const rows = [...new Set(MATRIX.filter(({ recipe }) => recipes.includes(recipe)).map(row))];
  const cell = (name, version) => {
    const found = of.filter((result) => row(result) === name && column(result) === version);
    if (found.length === 0) return ABSENT;
    return found.some(({ fails }) => fails) ? 'no' : 'yes';
  };
  const lines = rows.map((name) => `| ${[name, ...columns.map((version) => cell(name, version))].join(' | ')} |`);
  return `\n### ${title}\n\n| | ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length + 1)}\n${lines.join('\n')}\n`;
}

if (isMain(import.meta.url)) {
  const problem = tableProblem();
  if (problem) console.log(problem);
  process.exitCode = problem ? 1 : 0;
}
