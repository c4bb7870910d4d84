/**
 * The size of libs/sentinel-cache/src, and how many functions its journeys pass, as the table at the end of ARCHITECTURE.md. Needs a Redis and
 * takes half a minute for each folder.
 *
 *   node scripts/measure-house.mjs                  prints the table of this folder
 *   node scripts/measure-house.mjs /tmp/older       the same for another checkout, with its packages installed and its libraries built
 *   node scripts/measure-house.mjs --write          measures this folder into the column "now" of ARCHITECTURE.md
 *   node scripts/measure-house.mjs --write /tmp/older   the other checkout into the column "before"
 *
 * `npm run check` fails when the page's number of files or lines is off by more than 5 %.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { buildCommand } from './build.mjs';
import { SetupError, isMain, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';

const SOURCES = 'libs/sentinel-cache/src';
const DIST = 'libs/sentinel-cache/dist/index.js';
const PAGE = join(root, 'ARCHITECTURE.md');
const [START, END] = ['<!-- measured -->', '<!-- /measured -->'];
const SMALL = 20;
const PASSWORD = 'admin';
const LIMIT_MS = 3 * 60_000;

/** What a page may be behind, as a part of the figure, before the check fails. */
const STALE = 0.05;

/** The rows of the table: what is measured, and how it is called. */
const ROWS = {
  files: 'files of `libs/sentinel-cache/src`, specs aside',
  code: 'lines of code: comments and blank lines aside',
  lines: 'lines',
  median: 'lines of the median file',
  longest: 'lines of the longest file',
  small: `files of ${SMALL} lines or less`,
  set: "functions that `set('user:7', user, 60)` on Sentinel passes",
  getOwn: 'the same, `get` of a key that was just written (primary)',
  getReplica: 'the same, `get` from a replica',
  sessionExpress: 'the same, a request that reads and writes its session, Express',
  sessionFastify: 'the same, Fastify',
  boot: 'the same, boot: `forRoot` to `listen`, with sessions',
};

const measure = async () => {
  const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
  const folder = positionals[0] === undefined ? root : resolve(process.env.INIT_CWD ?? process.cwd(), positionals[0]);
  const { redisServer } = await setup({ redis: 'required' });
  await build(folder);
  const measured = { ...sizes(join(folder, SOURCES)), ...(await journeys(folder, redisServer)) };
  const column = folder === root ? 'now' : 'before';
  if (values.write) write(column, measured);
  else console.log(table({ [column]: measured }));
  return 0;
};

async function build(folder) {
  const [command, ...args] = buildCommand();
  const { code, output } = await run(command, args, { timeoutMs: LIMIT_MS, quiet: true });
  if (code !== 0) throw new SetupError(`The build failed:\n${output}`);
  if (!existsSync(join(folder, DIST)))
    throw new SetupError(`${folder} has no ${DIST}: run npm ci and npm run build there first.`);
}

function sizes(sources) {
  const files = readdirSync(sources, { recursive: true }).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  const texts = files.map((name) => readFileSync(join(sources, name), 'utf8').trimEnd());
  const lines = texts.map((text) => text.split('\n').length).toSorted((a, b) => a - b);
  return {
    files: files.length,
    code: sum(texts.map(linesOfCode)),
    lines: sum(lines),
    median: lines[Math.floor(lines.length / 2)],
    longest: lines.at(-1),
    small: lines.filter((length) => length <= SMALL).length,
  };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Lines on which something stands that the compiler reads. */
function linesOfCode(text) {
  const source = ts.createSourceFile('any.ts', text, ts.ScriptTarget.Latest);
  const lineAt = (position) => source.getLineAndCharacterOfPosition(position).line;
  const lines = new Set();
  const visit = (node) => {
    const children = node.getChildren(source);
    if (children.length > 0) return children.forEach(visit);
    if (node.kind === ts.SyntaxKind.JSDoc || node.getWidth(source) === 0) return undefined;
    for (let line = lineAt(node.getStart(source)); line <= lineAt(node.getEnd()); line += 1) lines.add(line);
    return undefined;
  };
  source.getChildren(source).forEach(visit);
  return lines.size;
}

async function journeys(folder, redisServerBin) {
  const { startLocalSentinel } = await import(pathToFileURL(join(root, 'libs/local-sentinel/dist/index.js')).href);
  const topology = await startLocalSentinel({ replicas: 1, sentinels: 1, quorum: 1, password: PASSWORD, redisServerBin });
  try {
    const text = readFileSync(join(root, 'scripts/measure-journeys.mjs'), 'utf8');
    const env = { LOCATION: topology.location('mymaster', 0), PASSWORD };
    const args = ['--input-type=module', '--eval', text];
    const { code, output } = await run(process.execPath, args, { timeoutMs: LIMIT_MS, quiet: true, cwd: folder, env });
    if (code !== 0) throw new Error(`The journeys of ${folder} ended with code ${code}:\n${output}`);
    return JSON.parse(output.trimEnd().split('\n').at(-1));
  } finally {
    await topology.stop();
  }
}

function table(columns) {
  const names = Object.keys(columns);
  const rows = Object.entries(ROWS).map(([key, words]) => [words, ...names.map((name) => columns[name][key])]);
  return [['', ...names], ['---', ...names.map(() => '---')], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Undefined when ARCHITECTURE.md shows about the size of the library, else what is wrong. */
export function sizeProblem() {
  const page = readFileSync(PAGE, 'utf8');
  const { now = {} } = columnsOf(page.slice(page.indexOf(START), page.indexOf(END)));
  const measured = sizes(join(root, SOURCES));
  const stale = ['files', 'code', 'lines'].filter((row) => !(Math.abs(Number(now[row]) / measured[row] - 1) <= STALE));
  if (stale.length === 0) return undefined;
  const rows = stale.map((row) => `${ROWS[row]}: ${now[row]}, now ${measured[row]}`).join('; ');
  return `ARCHITECTURE.md, "Measured", is stale (${rows}): \`node scripts/measure-house.mjs --write\` renews it.`;
}

/** Replaces one column, and keeps the other as it stands on the page. */
function write(column, measured) {
  const page = readFileSync(PAGE, 'utf8');
  if (!page.includes(START) || !page.includes(END))
    throw new SetupError(`ARCHITECTURE.md lacks the markers ${START} and ${END}.`);
  const [before, rest] = [page.slice(0, page.indexOf(START) + START.length), page.slice(page.indexOf(END))];
  const columns = { ...columnsOf(page.slice(before.length, page.length - rest.length)), [column]: measured };
  writeFileSync(PAGE, `${before}\n\n${table(columns)}\n\n${rest}`);
}

function columnsOf(text) {
  const [head, , ...rows] = text.split('\n').filter((line) => line.startsWith('|'));
  if (!head) return { before: {}, now: {} };
  const cells = (line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const keyOf = new Map(Object.entries(ROWS).map(([key, words]) => [words, key]));
  const named = cells(head).slice(1);
  const columns = Object.fromEntries(named.map((name) => [name, {}]));
  for (const [words, ...values] of rows.map(cells)) named.forEach((name, at) => (columns[name][keyOf.get(words)] = values[at]));
  return columns;
}

if (isMain(import.meta.url)) main(measure);
