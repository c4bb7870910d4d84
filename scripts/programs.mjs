/** Programs of this machine: where they are, and how one is installed that is not there. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, complaint, run, say, seconds } from './run.mjs';

const LIMIT_MS = 5 * 60_000;

/** The path of a program, or undefined. */
export function onPath(name) {
  // npm puts node_modules/.bin folders in front: nothing there is a server.
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder && !folder.includes('node_modules'));
  const extra =
    process.platform === 'darwin' ? ['/opt/homebrew/bin', '/usr/local/bin'] : ['/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return [...folders, ...extra].map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Installs `name` with the system's package manager, and looks with `find` whether it is there then. Gives back what `find` found, or
 * why there is nothing: `{ found, because }`.
 */
export async function install({ name, packages: { apt, brew }, find }) {
  const how = await packageManager(apt, brew);
  if (!how) return { found: undefined, because: 'there is no apt-get or Homebrew that may be used here.' };
  say(`There is no ${name}: installing one (${how.says}) ...`);
  const startedAt = Date.now();
  let failure = '';
  for (const [command, ...args] of how.attempts) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const { code, output, stoppedBecause } = await run(command, args, { timeoutMs: LIMIT_MS, quiet: true, env });
    if (stoppedBecause === 'interrupted') throw new SetupError(`Installing ${name} was interrupted.`);
    failure = code === 0 ? failure : output;
    const found = await find();
    if (found) {
      say(`${name} installed (${seconds(startedAt)}).`);
      return { found };
    }
  }
  return { found: undefined, because: `\`${how.says}\` did not help:\n${complaint(failure)}\n` };
}

async function packageManager(apt, brew) {
  if (process.platform === 'darwin') {
    return onPath('brew') && { says: `brew install ${brew}`, attempts: [['brew', 'install', '--quiet', brew]] };
  }
  if (!onPath('apt-get')) return undefined;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !(await maySudo())) return undefined;
  const sudo = isRoot ? [] : ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive'];
  const attempt = [...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', apt];
  const says = `${isRoot ? '' : 'sudo '}apt-get install ${apt}`;
  // A fresh image has no package lists, and old lists name files that are gone: update, then try once more.
  return { says, attempts: [attempt, [...sudo, 'apt-get', 'update', '-q'], attempt] };
}

async function maySudo() {
  if (!onPath('sudo')) return false;
  return (await run('sudo', ['-n', 'true'], { timeoutMs: 5000, quiet: true })).code === 0;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or not ours to run.
  }
}
