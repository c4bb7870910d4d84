/** A redis-server: found, or installed. It is only a file here; nothing is started, and no service is needed. */
import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, complaint, root, run, say, seconds } from './run.mjs';

const OWN_REDIS = join(root, 'node_modules', '.cache', 'redis', 'redis-server');
const OLDEST_REDIS = { redis: [6, 2], valkey: [7, 2] };
const LIMIT_MS = 5 * 60_000;

/** The path of a redis-server, or undefined. */
export async function findRedis() {
  const named = process.env.REDIS_SERVER_BIN;
  if (named) {
    const problem = await whyNotRedis(named);
    if (problem) throw new SetupError(`REDIS_SERVER_BIN is ${named}: ${problem}. Correct or unset it.`);
    return named;
  }
  const candidates = [onPath('redis-server'), existsSync(OWN_REDIS) ? OWN_REDIS : undefined, onPath('valkey-server')];
  for (const candidate of candidates) {
    if (candidate && !(await whyNotRedis(candidate))) return candidate;
  }
  return undefined;
}

/** Debian's redis-tools holds the server binary under another name: called `redis-server` it is one. */
export async function linkRedis() {
  const binary = onPath('redis-check-rdb');
  if (!binary) return undefined;
  mkdirSync(join(OWN_REDIS, '..'), { recursive: true });
  rmSync(OWN_REDIS, { force: true });
  symlinkSync(binary, OWN_REDIS);
  if (!(await whyNotRedis(OWN_REDIS))) return OWN_REDIS;
  rmSync(OWN_REDIS, { force: true });
  return undefined;
}

async function whyNotRedis(binary) {
  const { code, output } = await run(binary, ['--version'], { timeoutMs: 5000, quiet: true });
  const match = /(redis|valkey) server.*v=(\d+)\.(\d+)/i.exec(output);
  if (code !== 0 || !match) return 'not a redis-server that runs here';
  const [major, minor] = OLDEST_REDIS[match[1].toLowerCase()];
  const fits = Number(match[2]) > major || (Number(match[2]) === major && Number(match[3]) >= minor);
  return fits ? undefined : `version ${match[2]}.${match[3]}, needed is ${major}.${minor} or newer`;
}

/** Installs one: its path, or the reason why there is none and what to do. */
export async function installRedis() {
  const how = await packageManager();
  if (!how) return { redisServer: undefined, reason: advice('there is no apt-get or Homebrew that may be used here') };
  say(`There is no redis-server: installing one (${how.says}) ...`);
  const startedAt = Date.now();
  let failure = '';
  for (const [command, ...args] of how.attempts) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const { code, output, stoppedBecause } = await run(command, args, { timeoutMs: LIMIT_MS, quiet: true, env });
    if (stoppedBecause === 'interrupted') throw new SetupError('Installing Redis was interrupted.');
    failure = code === 0 ? failure : output;
    const redisServer = (await findRedis()) ?? (await linkRedis());
    if (redisServer) {
      say(`Redis installed (${seconds(startedAt)}).`);
      return { redisServer };
    }
  }
  return { redisServer: undefined, reason: advice(`\`${how.says}\` did not help:\n${complaint(failure)}\n`) };
}

async function packageManager() {
  if (process.platform === 'darwin') {
    return onPath('brew') && { says: 'brew install redis', attempts: [['brew', 'install', '--quiet', 'redis']] };
  }
  if (!onPath('apt-get')) return undefined;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !(await maySudo())) return undefined;
  const sudo = isRoot ? [] : ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive'];
  const install = [...sudo, 'apt-get', 'install', '-y', '--no-install-recommends', 'redis-tools'];
  const says = `${isRoot ? '' : 'sudo '}apt-get install redis-tools`;
  // A fresh image has no package lists, and old lists name files that are gone: update, then try once more.
  return { says, attempts: [install, [...sudo, 'apt-get', 'update', '-q'], install] };
}

async function maySudo() {
  if (!onPath('sudo')) return false;
  return (await run('sudo', ['-n', 'true'], { timeoutMs: 5000, quiet: true })).code === 0;
}

function advice(because) {
  return [
    `No redis-server was found, and ${because.endsWith('\n') ? because : `${because}.`}`,
    'Install Redis 6.2 (or Valkey 7.2) or newer, it need not run:',
    '  Debian, Ubuntu   sudo apt-get install redis-tools',
    '  Fedora           sudo dnf install valkey',
    '  Alpine           apk add redis',
    '  macOS            brew install redis',
    'or name a binary: REDIS_SERVER_BIN=/path/to/redis-server',
  ].join('\n');
}

function onPath(name) {
  // npm puts node_modules/.bin folders in front: nothing there is a server.
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder && !folder.includes('node_modules'));
  const extra =
    process.platform === 'darwin' ? ['/opt/homebrew/bin', '/usr/local/bin'] : ['/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return [...folders, ...extra].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or not ours to run.
  }
}
