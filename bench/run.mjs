/** `npm run bench:codec`, `bench:speed`, `bench:near`, `bench:sessions [races]`, `bench:failover`, `bench:all-down`: installs the bench's packages when missing, builds, runs. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildCommand } from '../scripts/build.mjs';
import { SetupError, main, root, run, say } from '../scripts/run.mjs';
import { setup } from '../scripts/setup.mjs';

const here = join(root, 'bench');
const INSTALL_LIMIT_MS = 5 * 60_000;
const RUN_LIMIT_MS = 20 * 60_000;
/** What this one is told to take itself. */
const SOAK = 'failover/all-down.mjs';
const SOAK_MS = Number(process.env.MINUTES ?? 60) * 60_000;

/** As npm left it, and since the lock file changed last. */
function isInstalled() {
  const [installed, locked] = ['node_modules/.package-lock.json', 'package-lock.json'].map((file) => join(here, file));
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs;
}

main(async () => {
  const [script = 'sessions/bench.mjs', ...rest] = process.argv.slice(2);
  // Codecs are compared in one process, with what Node brings.
  const alone = script.startsWith('codec/');
  await setup(alone ? { redis: 'none' } : {});
  if (!alone && !isInstalled()) {
    say("Installing the bench's own packages ...");
    const { code } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: here,
      timeoutMs: INSTALL_LIMIT_MS,
    });
    if (code !== 0) throw new SetupError('npm ci in bench/ did not succeed.');
  }
  const [command, ...args] = buildCommand();
  const built = await run(command, args, { timeoutMs: INSTALL_LIMIT_MS });
  if (built.code !== 0) return built.code;
  return (
    await run(process.execPath, [join(here, script), ...rest], {
      cwd: here,
      timeoutMs: RUN_LIMIT_MS + (script === SOAK ? SOAK_MS : 0),
    })
  ).code;
});
