/** The locked packages: are they there, and if not, npm ci. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, complaint, root, run, say, seconds } from './run.mjs';

const STAMP = join(root, 'node_modules', '.setup-stamp');
const LIMIT_MS = 10 * 60_000;

function manifests() {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return ['', ...workspaces];
}

function wantedStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of ['package-lock.json', ...manifests().map((folder) => join(folder, 'package.json'))]) {
    const path = join(root, file);
    hash.update(`\n${file}\n`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

/** What is installed is what the lock file and the package.json files say. */
export function packagesAreFresh() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();
}

/** Installs them. Deletes node_modules on the way, where there is one. */
export async function installPackages() {
  if (packagesAreFresh()) return;
  const wanted = wantedStamp();
  if (!alreadyInstalled()) {
    say('Installing the locked packages (npm ci; a minute or two the first time) ...');
    const startedAt = Date.now();
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
    const { command, first } = npm();
    const { code, output, stoppedBecause } = await run(command, [...first, ...args], { timeoutMs: LIMIT_MS, quiet: true });
    if (code !== 0) throw new SetupError(npmProblem(output, stoppedBecause));
    say(`Packages installed (${seconds(startedAt)}).`);
  }
  writeFileSync(STAMP, wanted);
}

/** After a plain `npm install` everything the lock file names is there already: no need to wipe it with `npm ci`. */
function alreadyInstalled() {
  try {
    const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    const fields = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
    const sameManifests = manifests().every((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      return fields.every((field) => sameEntries(manifest[field], locked[folder]?.[field]));
    });
    return sameManifests && Object.entries(locked).every(([path, entry]) => isInstalled(path, entry, present[path]));
  } catch {
    return false; // No lock file of installed packages, or one that can't be read: not installed.
  }
}

function isInstalled(path, entry, present) {
  if (!path.includes('node_modules/')) return true;
  if (!present) return entry.peer === true || (entry.optional === true && !isForHere(entry));
  return present.version === entry.version && existsSync(join(root, path, entry.link ? '.' : 'package.json'));
}

/** Optional packages that name a system are binaries: the one for this system has to be there. */
function isForHere({ os, cpu, libc }) {
  return os !== undefined && cpu !== undefined && !libc && os.includes(process.platform) && cpu.includes(process.arch);
}

function sameEntries(some = {}, others = {}) {
  const names = Object.keys(some);
  return names.length === Object.keys(others).length && names.every((name) => some[name] === others[name]);
}

function npm() {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js') ? { command: process.execPath, first: [cli] } : { command: 'npm', first: [] };
}

function npmProblem(output, stoppedBecause) {
  if (stoppedBecause) return `Installing the packages was stopped (${stoppedBecause}). Run the command again.`;
  if (/in sync|EUSAGE/.test(output)) {
    return 'package.json and package-lock.json disagree. Run `npm install`, and commit the lock file it writes.';
  }
  return `Installing the packages failed; npm said:\n${complaint(output)}\nCheck the network (or npm's proxy settings) and run the command again.`;
}
