/**
 * Everything a bare clone needs: the right Node, the locked packages, a redis-server, openssl. Plain Node, no dependency.
 * Quick and silent when there is nothing to do; asks the network only when something is missing.
 *
 *   node scripts/setup.mjs        packages, Redis and openssl
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupError, isMain, main, root, say } from './run.mjs';
import { hasOpenssl, installOpenssl } from './setup-openssl.mjs';
import { installPackages, packagesAreFresh } from './setup-packages.mjs';
import { findRedis, installRedis, linkRedis } from './setup-redis.mjs';

const OLDEST_NODE = [20, 19];

/**
 * Makes the clone ready. `redis`: 'required' (fails without one, and without openssl: for tests), 'wanted' (tries, goes on without) or
 * 'none'. Gives back the path of redis-server, or undefined, and why there is none.
 */
export async function setup({ redis = 'required' } = {}) {
  checkNode();
  if (!packagesAreFresh()) await alone(installPackages);
  if (redis === 'none') return { redisServer: undefined };
  if (redis === 'required' && !hasOpenssl()) await alone(installOpenssl);
  const found = (await findRedis()) ?? (await alone(linkRedis));
  if (found) return { redisServer: found };
  const installed = await alone(installRedis);
  if (!installed.redisServer && redis === 'required') throw new SetupError(installed.reason);
  return installed;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetupError(
    `Node ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}. ` +
      'Install a current one (https://nodejs.org, or `nvm install 22`) and run the command again.',
  );
}

/** `npm test` and `npm start` at once on a fresh clone: one installs, the other waits. A lock nobody touches any more is void. */
async function alone(work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `sentinel-cache-setup-${process.getuid?.() ?? 0}-${name}`);
  for (let tries = 0; !takeLock(path); tries += 1) {
    if (tries === 0) say('Another setup of this clone is running: waiting for it ...');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const touch = setInterval(() => existsSync(path) && utimesSync(path, new Date(), new Date()), 1000);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    rmSync(path, { recursive: true, force: true });
  }
}

function takeLock(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const touchedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - touchedAt > 15_000) rmSync(path, { recursive: true, force: true });
    return false;
  }
}

if (isMain(import.meta.url)) {
  main(async () => {
    const { redisServer } = await setup();
    console.log(`Ready: Node ${process.versions.node}, packages as locked, ${redisServer}`);
  });
}
