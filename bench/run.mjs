/** `npm run bench:codec`, `bench:speed`, `bench:near`, `bench:http`, `bench:sessions [races]`, `bench:failover`, `bench:all-down`: installs the bench's packages when missing, builds, runs. */
import { join } from 'node:path';
import { buildCommand } from '../scripts/build.mjs';
import { installIn } from '../scripts/install-in.mjs';
import { main, root, run } from '../scripts/run.mjs';
import { setup } from '../scripts/setup.mjs';

const here = join(root, 'bench');
const BUILD_LIMIT_MS = 5 * 60_000;
const RUN_LIMIT_MS = 20 * 60_000;
/** What this one is told to take itself. */
const SOAK = 'failover/all-down.mjs';
const SOAK_MS = Number(process.env.MINUTES ?? 60) * 60_000;

main(async () => {
  const [script = 'sessions/bench.mjs', ...rest] = process.argv.slice(2);
  // Codecs are compared in one process, with what Node brings.
  const alone = script.startsWith('codec/');
  await setup(alone ? { redis: 'none' } : {});
  if (!alone) await installIn(here, "Installing the bench's own packages ...");
  const [command, ...args] = buildCommand();
  const built = await run(command, args, { timeoutMs: BUILD_LIMIT_MS });
  if (built.code !== 0) return built.code;
  return (
    await run(process.execPath, [join(here, script), ...rest], {
      cwd: here,
      timeoutMs: RUN_LIMIT_MS + (script === SOAK ? SOAK_MS : 0),
    })
  ).code;
});
