/** A redis-server: found, or installed. It is only a file here; nothing is started, and no service is needed. */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { install, onPath } from './programs.mjs';
import { SetupError, root, run } from './run.mjs';

const OWN_REDIS = join(root, 'node_modules', '.cache', 'redis', 'redis-server');
const OLDEST_REDIS = { redis: [6, 2], valkey: [7, 2] };

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
  const find = async () => (await findRedis()) ?? (await linkRedis());
  const packages = { apt: 'redis-tools', brew: 'redis' };
  const { found, because } = await install({ name: 'redis-server', packages, find });
  return found ? { redisServer: found } : { redisServer: undefined, reason: advice(because) };
}

function advice(because) {
  return [
    `No redis-server was found, and ${because}`,
    'Install Redis 6.2 (or Valkey 7.2) or newer, it need not run:',
    '  Debian, Ubuntu   sudo apt-get install redis-tools',
    '  Fedora           sudo dnf install valkey',
    '  Alpine           apk add redis',
    '  macOS            brew install redis',
    'or name a binary: REDIS_SERVER_BIN=/path/to/redis-server',
  ].join('\n');
}
