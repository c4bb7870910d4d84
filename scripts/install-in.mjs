/** Packages of a folder with a lock file of its own, which stay out of the install of the workspace. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, run, say } from './run.mjs';

const LIMIT_MS = 5 * 60_000;
const ARGS = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/** Installs what the folder's lock file names, unless npm did so since that file changed last. */
export async function installIn(folder, sentence) {
  if (isInstalled(folder)) return;
  say(sentence);
  const { code } = await run('npm', ARGS, { cwd: folder, timeoutMs: LIMIT_MS });
  if (code !== 0) throw new SetupError(`npm ci in ${folder} did not succeed.`);
}

/** As npm left it, and since the lock file changed last. */
function isInstalled(folder) {
  const [installed, locked] = ['node_modules/.package-lock.json', 'package-lock.json'].map((file) => join(folder, file));
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs;
}
