/**
 * `npm run fuzz:faults`: set-up, build, then random faults on real servers under load. The last line says how many rounds held.
 *
 *   --seconds 3600   how long (120)
 *   --seed 7         which faults (any); printed, so that a run can be had again
 *   --first 12 --rounds 1   from that round of the seed on, and so many
 *   --only failover         this kind of fault alone; may stand more than once
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError, main, root, run } from './run.mjs';
import { setup } from './setup.mjs';

const PROGRAM = join(root, 'test', 'fuzz', 'dist', 'fuzz-faults.js');
const BUILD_LIMIT_MS = 3 * 60_000;
/** A round that has begun is brought to its end. */
const LAST_ROUND_MS = 3 * 60_000;
const DEFAULT_SECONDS = 120;

main(async () => {
  const args = process.argv.slice(2);
  const { values } = parseArgs({ args, options: { seconds: { type: 'string' } }, strict: false });
  const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
  if (!(seconds > 0)) throw new SetupError(`--seconds: expected a number above 0, got ${values.seconds}.`);
  const { redisServer } = await setup({ redis: 'required' });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const built = await run(process.execPath, [tsc, '-b', 'test/fuzz'], { timeoutMs: BUILD_LIMIT_MS });
  if (built.code !== 0) return built.code;
  const timeoutMs = seconds * 1000 + LAST_ROUND_MS;
  const env = redisServer ? { REDIS_SERVER_BIN: redisServer } : {};
  return (await run(process.execPath, ['--expose-gc', PROGRAM, ...args], { timeoutMs, env })).code;
});
