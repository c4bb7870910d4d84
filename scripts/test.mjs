/**
 * `npm test`: set-up, then every test that needs no more than a Redis. `npm test -- gate` runs the files with `gate` in their path.
 *
 *   --unit             only the specs beside the sources; they need no Redis
 *   --only faults      only test/faults, one file at a time (test/demo and test/docs: several): the folders that `npm test` leaves out
 *   -t, --testNamePattern P7   only tests whose names match
 *   --seed 7           the seed of `npm run test:hostile`
 *   --record           keeps how long each file took in scripts/test-times.json
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError, isMain, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';
import { orphans, specFiles } from './test-files.mjs';
import { Progress } from './test-progress.mjs';
import { estimate, recordTimes } from './test-times.mjs';

const JEST = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
  `--reporters=${join(root, 'scripts', 'jest-reporter.mjs')}`,
  `--testSequencer=${join(root, 'scripts', 'jest-sequencer.mjs')}`,
];
/** For a machine that nobody watches. A busy one may take an hour. */
const LIMIT_MS = 3 * 60 * 60_000;
const EXIT_LIMIT_MS = 60_000;
/** Most files wait for servers most of the time: three for each core keep it at work. */
const WORKERS = Math.max(3, Math.min(3 * availableParallelism(), 8));
/** Folders of `--only` whose files may run beside each other. */
const SIDE_BY_SIDE = ['demo', 'docs'];
const OPTIONS = {
  unit: { type: 'boolean' },
  only: { type: 'string' },
  testNamePattern: { type: 'string', short: 't' },
  seed: { type: 'string' },
  record: { type: 'boolean' },
};

/** Runs the tests, prints the sum as the last line, and gives back the exit code. */
export async function test(args) {
  const options = readOptions(args);
  const files = specFiles(options);
  const { redisServer } = await setup({ redis: options.unit ? 'none' : 'required' });
  const env = { ...(redisServer && { REDIS_SERVER_BIN: redisServer }), ...(options.seed && { HOSTILE_SEED: options.seed }) };
  const oneByOne = options.only !== undefined && !SIDE_BY_SIDE.includes(options.only);
  const workers = oneByOne ? 1 : Math.min(WORKERS, files.length);
  console.log(`${estimate(files, workers)} Ctrl-C stops it, and counts what has run.`);
  const progress = new Progress(files.length);
  const ended = await runJest({ files, workers, options, env, progress });
  if (options.record) recordTimes(progress.seconds);
  const problems = [...progress.problems, ...whatWentWrong(ended, progress, files)];
  if (!options.unit && !options.only) problems.push(...orphans());
  return sumUp({ ...progress.counts(), problems, picked: options.testNamePattern !== undefined, ended });
}

function readOptions(args) {
  const { values, positionals } = parse(args);
  const { only, seed } = values;
  if (only !== undefined && !existsSync(join(root, 'test', only)))
    throw new SetupError(`--only: there is no folder test/${only}.`);
  if (seed !== undefined && only !== 'hostile') throw new SetupError('--seed: only `npm run test:hostile` takes a seed.');
  if (seed !== undefined && !/^-?\d{1,15}$/.test(seed)) throw new SetupError(`--seed: expected a whole number, got ${seed}.`);
  return { ...values, patterns: positionals };
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    const [sentence] = error.message.split('. ');
    throw new SetupError(`${sentence}. Expected patterns of paths, or ${known.join(', ')}.`);
  }
}

async function runJest({ files, workers, options, env, progress }) {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-cache-test-'));
  const tally = join(folder, 'tally');
  const names = options.testNamePattern === undefined ? [] : [`--testNamePattern=${options.testNamePattern}`];
  const how = workers === 1 ? '--runInBand' : `--maxWorkers=${workers}`;
  try {
    const ended = await run(process.execPath, [...JEST, how, ...names, '--runTestsByPath', ...files], {
      timeoutMs: LIMIT_MS,
      env: { ...env, TALLY_FILE: tally },
      watch: watchOver(progress),
      onMessage: (message) => progress.heard(message),
    });
    printTally(tally);
    return ended;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sum of what the specs compared: each appends a line `{ tried, different }` to TALLY_FILE. */
function printTally(file) {
  if (!existsSync(file)) return;
  const counts = readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse);
  const [tried, different] = ['tried', 'different'].map((key) => counts.reduce((sum, count) => sum + count[key], 0));
  console.log(`\nvalues in all: ${tried} tried, ${tried - different} equal, ${different} different`);
}

/**
 * All ran, and Jest should be gone: something still holds the process, and that is a defect. And whoever stops npm ends its shell, which
 * tells us nothing: another parent is the sign.
 */
function watchOver(progress) {
  const { ppid } = process;
  let endedAt;
  return (stop) => {
    if (process.ppid !== ppid) stop('interrupted');
    if (progress.ended) endedAt ??= Date.now();
    if (endedAt !== undefined && Date.now() - endedAt > EXIT_LIMIT_MS) stop('hang', 'SIGKILL');
  };
}

function whatWentWrong({ code, stoppedBecause }, progress, files) {
  const stopped = `${progress.files} of ${files.length} files had run.`;
  if (stoppedBecause === 'hang') return ['All ran, but Jest did not exit: a test left a handle open.'];
  if (stoppedBecause === 'time limit') return [`Stopped after ${LIMIT_MS / 3_600_000} hours: ${stopped}`];
  if (stoppedBecause === 'interrupted') return [`Interrupted: ${stopped}`];
  return code !== 0 && progress.counts().failed === 0 ? [`Jest ended with code ${code}: ${stopped}`] : [];
}

/** A skipped test proves nothing: it counts as failed, but where the caller picked tests by name. */
function sumUp({ passed, failed, skipped, problems, picked, ended }) {
  if (skipped > 0 && !picked) problems.push(`${skipped} test(s) skipped or todo: that counts as failed.`);
  if (passed + failed + skipped === 0) problems.push('No test ran: that counts as a failure.');
  const sum = failed + (picked ? 0 : skipped);
  console.log('');
  for (const problem of problems) console.log(problem);
  console.log(`${passed} passed, ${sum} failed`);
  return sum > 0 || passed === 0 || ended.code !== 0 || problems.length > 0 ? 1 : 0;
}

if (isMain(import.meta.url)) main(() => test(process.argv.slice(2)));
