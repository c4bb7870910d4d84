/**
 * `npm test`: set-up, then every test that needs no more than a Redis. Arguments go to Jest: `npm test -- gate`.
 *
 *   --unit          only the specs beside the sources; they need no Redis
 *   --only faults   only test/faults, one file at a time: the folders that `npm test` leaves out
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupError, isMain, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';

const JEST = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
];
const GROUP_LIMIT_MS = 9 * 60_000;
const EXIT_LIMIT_MS = 10_000;
/** Folders of test/ that need more than a Redis, a quiet machine, or minutes: each has a command `test:<folder>` of its own. */
const BY_COMMAND = ['django', 'browser', 'sql', 'faults', 'promises', 'cluster', 'hostile'];
/** Asserts times: one at a time, and next to nothing else. */
const ALONE = 'failover';

/** Runs the tests, prints the sum as the last line, and gives back the exit code. */
export async function test(args) {
  const { unit, only, jestArgs } = readOptions(args);
  const { redisServer } = await setup({ redis: unit ? 'none' : 'required' });
  const env = redisServer ? { REDIS_SERVER_BIN: redisServer } : {};
  const problems = unit || only ? [] : orphans();
  const totals = { passed: 0, failed: problems.length, skipped: 0 };
  for (const group of groups({ unit, only })) {
    const result = await runGroup(group, jestArgs, env);
    totals.passed += result.passed;
    totals.failed += result.failed;
    totals.skipped += result.skipped;
    problems.push(...result.problems);
    if (result.interrupted) break;
  }
  return sumUp(totals, problems, filtersByName(jestArgs));
}

function readOptions(args) {
  const unit = args.includes('--unit');
  const at = args.indexOf('--only');
  if (at === -1) return { unit, jestArgs: args.filter((arg) => arg !== '--unit') };
  const only = args[at + 1];
  if (!only || !existsSync(join(root, 'test', only))) throw new SetupError(`--only: there is no folder test/${only ?? ''}.`);
  return { unit, only, jestArgs: args.toSpliced(at, 2) };
}

function groups({ unit, only }) {
  const beside = ['libs', 'apps'].filter((folder) => existsSync(join(root, folder)));
  const apart = [...BY_COMMAND, ALONE].map((folder) => `--testPathIgnorePatterns=/test/${folder}/`);
  const rooted = (folders) => folders.map((folder) => `--roots=${join(root, folder)}`);
  if (unit) return [{ name: 'unit tests', args: ['--maxWorkers=2', ...rooted(beside)] }];
  const alone = (folder) => ({ name: `test/${folder}`, args: ['--runInBand', ...rooted([join('test', folder)])] });
  if (only) return [alone(only)];
  const together = { name: 'tests', args: ['--maxWorkers=2', ...rooted([...beside, 'test']), ...apart] };
  if (!existsSync(join(root, 'test', ALONE))) return [together];
  return [together, alone(ALONE)];
}

async function runGroup({ name, args }, jestArgs, env) {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-cache-test-'));
  const file = join(folder, 'result.json');
  const tally = join(folder, 'tally');
  // Jest's list options (roots, patterns) swallow what follows them: the caller's patterns have to stand behind something else.
  const flags = [...args, '--passWithNoTests', '--json', `--outputFile=${file}`];
  try {
    const ended = await run(process.execPath, [...JEST, ...flags, ...jestArgs], {
      timeoutMs: GROUP_LIMIT_MS,
      env: { ...env, TALLY_FILE: tally },
      watch: watchForHang(file),
    });
    printTally(name, tally);
    return evaluate(name, ended, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sum of what the specs of a group compared: each appends a line `{ tried, different }` to TALLY_FILE. */
function printTally(name, file) {
  if (!existsSync(file)) return;
  const counts = readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse);
  const [tried, different] = ['tried', 'different'].map((key) => counts.reduce((sum, count) => sum + count[key], 0));
  console.log(`\n${name}, values in all: ${tried} tried, ${tried - different} equal, ${different} different`);
}

/** Jest has written its result and should be gone: something still holds the process, and that is a defect. */
function watchForHang(file) {
  let writtenAt;
  return (stop) => {
    if (writtenAt === undefined && existsSync(file)) writtenAt = Date.now();
    if (writtenAt !== undefined && Date.now() - writtenAt > EXIT_LIMIT_MS) stop('hang', 'SIGKILL');
  };
}

function evaluate(name, { code, stoppedBecause }, result) {
  const problems = [];
  if (stoppedBecause === 'hang') problems.push(`${name}: all ran, but Jest did not exit: a test left a handle open.`);
  if (stoppedBecause === 'time limit') problems.push(`${name}: stopped, not finished within ${GROUP_LIMIT_MS / 60_000} minutes.`);
  if (stoppedBecause === 'interrupted') problems.push(`${name}: interrupted.`);
  if (result?.numRuntimeErrorTestSuites) problems.push(`${name}: ${result.numRuntimeErrorTestSuites} file(s) could not be run.`);
  const failed = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0) + (stoppedBecause ? 1 : 0);
  if (code !== 0 && failed === 0) problems.push(`${name}: Jest ended with code ${code}.`);
  return {
    passed: result?.numPassedTests ?? 0,
    failed: failed || (code === 0 ? 0 : 1),
    skipped: (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0),
    interrupted: stoppedBecause === 'interrupted',
    problems,
  };
}

/** A skipped test proves nothing: it counts as failed, but where the caller picked tests by name. */
function sumUp({ passed, failed, skipped }, problems, picked) {
  if (skipped > 0 && !picked) problems.push(`${skipped} test(s) skipped or todo: that counts as failed.`);
  if (passed + failed + skipped === 0) problems.push('No test ran: that counts as a failure.');
  const sum = failed + (picked ? 0 : skipped);
  console.log('');
  for (const problem of problems) console.log(problem);
  console.log(`${passed} passed, ${sum} failed`);
  return sum > 0 || passed === 0 ? 1 : 0;
}

function filtersByName(args) {
  return args.some((arg) => /^(-t|--testNamePattern)(=|$)/.test(arg));
}

/** Specs in a folder that `npm test` leaves out, and no other command runs. */
function orphans() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return BY_COMMAND.filter((folder) => !scripts[`test:${folder}`] && hasSpecs(join(root, 'test', folder))).map(
    (folder) => `test/${folder}: nothing runs these specs: package.json has no script test:${folder}.`,
  );
}

function hasSpecs(folder) {
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => name.endsWith('.spec.ts'));
}

if (isMain(import.meta.url)) main(() => test(process.argv.slice(2)));
