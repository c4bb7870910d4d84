/**
 * `npm run test:consumers`: both libraries packed and installed into each combination of test/consumers/matrix.mjs, where they are compiled, run and tested.
 *
 *   --subset        the combinations that `.ci/run` tries: three minutes
 *   --write         puts what came of it into docs/compatibility.md; what was not tried stands there as `no`
 *   --folder <path> works there and leaves it: what is installed there is not installed again, and what came of it is kept for a later --write
 *   <pattern> ...   the combinations whose names match
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError, isMain, main, seconds } from '../../scripts/run.mjs';
import { setup } from '../../scripts/setup.mjs';
import { MATRIX } from './matrix.mjs';
import { RECIPES } from './recipes.mjs';
import { writeTables } from './table.mjs';
import { Workplace } from './workplace.mjs';

const AT_ONCE = 2;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

async function test(args) {
  const { values, positionals } = readOptions(args);
  const chosen = choose(values, positionals);
  const { redisServer } = await setup({ redis: 'required' });
  const folder = values.folder ? resolve(values.folder) : realpathSync(mkdtempSync(join(tmpdir(), 'sentinel-cache-consumers-')));
  mkdirSync(folder, { recursive: true });
  const work = new Workplace(folder, redisServer);
  if (!values.folder) process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  try {
    const results = await tryAll(work, chosen);
    const known = remember(folder, results);
    if (values.write) writeTables(MATRIX.map((combination) => ({ ...combination, fails: known[combination.name] !== true })));
    const failed = results.filter(({ error }) => error).length + chosen.length - results.length;
    console.log(`\n${results.length - failed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
  } finally {
    await work.close();
  }
}

function readOptions(args) {
  const flag = { type: 'boolean' };
  return parseArgs({ args, options: { subset: flag, write: flag, folder: { type: 'string' } }, allowPositionals: true });
}

function choose({ subset }, patterns) {
  const wanted = patterns.map((text) => new RegExp(text, 'i'));
  const chosen = MATRIX.filter(({ name, ...combination }) => {
    if (subset && !combination.subset) return false;
    return wanted.length === 0 || wanted.some((pattern) => pattern.test(name));
  });
  if (chosen.length === 0) throw new SetupError(`No combination matches ${patterns.join(' ')}.`);
  return chosen;
}

/** Whether each combination held that was ever tried in this folder, by its name. */
function remember(folder, results) {
  const file = join(folder, 'results.json');
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const known = { ...before, ...Object.fromEntries(results.map(({ name, error }) => [name, !error])) };
  writeFileSync(file, JSON.stringify(known));
  return known;
}

/** A few at a time, in their order: those of one set wait for it together. */
async function tryAll(work, combinations) {
  const results = [];
  const waiting = [...combinations];
  // What runs is ended by `run`; nothing new begins.
  const stop = () => waiting.splice(0);
  for (const signal of SIGNALS) process.once(signal, stop);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await tryOne(work, next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const signal of SIGNALS) process.off(signal, stop);
  return results;
}

async function tryOne(work, combination) {
  const startedAt = Date.now();
  try {
    await RECIPES[combination.recipe](work, combination);
    console.log(`ok ${combination.name} (${seconds(startedAt)})`);
    return combination;
  } catch (error) {
    console.log(`FAILED ${combination.name} (${seconds(startedAt)})\n${error.message}\n`);
    return { ...combination, error };
  }
}

if (isMain(import.meta.url)) main(() => test(process.argv.slice(2)));
