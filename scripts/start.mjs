/**
 * `npm start`: the demo, on a real Sentinel topology of its own.
 *
 *   npm start -- --settings file.json   your own settings (Django's module as JSON) instead of the local topology
 *   npm start -- --platform fastify     Fastify instead of Express
 *   npm start -- --port 3000            the port; without one 3000, or a free one where that is taken
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { buildCommand } from './build.mjs';
import { SetupError, main, root, run, say } from './run.mjs';
import { setup } from './setup.mjs';
import { onLocmem, onOwnSettings, onSentinel } from './things-to-try.mjs';

const DEMO = join(root, 'apps', 'demo', 'dist', 'main.js');
const LOCAL_SENTINEL = join(root, 'libs', 'local-sentinel', 'dist', 'index.js');
const GUARD = pathToFileURL(join(root, 'scripts', 'die-with-parent.mjs')).href;
const USUAL_PORT = 3000;
const BUILD_LIMIT_MS = 3 * 60_000;
const LISTEN_LIMIT_MS = 30_000;
const EXIT_LIMIT_MS = 5000;

main(async () => {
  const options = readOptions();
  const stopping = stopSignal();
  const cleanup = [];
  try {
    const { redisServer, reason } = await setup({ redis: options.settings ? 'none' : 'wanted' });
    await build();
    const ground = options.settings
      ? { file: options.settings, guide: (url) => onOwnSettings(url, options.settings) }
      : await prepare({ redisServer, reason, stopping, cleanup });
    if (stopping.aborted) return 0;
    return await runDemo({ ...options, ...ground, stopping });
  } catch (error) {
    if (stopping.aborted) return 0;
    throw error;
  } finally {
    for (const undo of cleanup.reverse()) await undo();
  }
});

function readOptions() {
  const options = { settings: { type: 'string' }, platform: { type: 'string', default: 'express' }, port: { type: 'string' } };
  let values;
  try {
    ({ values } = util.parseArgs({ options }));
  } catch (error) {
    throw new SetupError(
      `${error.message}\nUsage: npm start -- [--settings file.json] [--platform express|fastify] [--port 3000]`,
    );
  }
  if (!['express', 'fastify'].includes(values.platform)) {
    throw new SetupError(`--platform: expected express or fastify, got ${values.platform}.`);
  }
  if (values.port !== undefined && !(/^\d+$/.test(values.port) && Number(values.port) <= 65_535)) {
    throw new SetupError(`--port: expected a number from 0 (any free one) to 65535, got ${values.port}.`);
  }
  return { ...values, settings: values.settings && checkedSettings(values.settings) };
}

function checkedSettings(given) {
  const file = resolve(process.env.INIT_CWD ?? process.cwd(), given);
  if (!existsSync(file)) throw new SetupError(`--settings: there is no file ${file}.`);
  let settings;
  try {
    settings = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // The parser quotes what it read, and that may be a password.
    const where = / at position \d+/.exec(error.message)?.[0] ?? '';
    throw new SetupError(
      error instanceof SyntaxError ? `--settings: ${file} is not JSON${where}.` : `--settings: ${error.message}`,
    );
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return file;
  throw new SetupError(`--settings: ${file} has to hold an object such as { "CACHES": { "default": { ... } } }.`);
}

/** Aborted by Ctrl-C and its relatives, and when whoever started this is gone. A second Ctrl-C ends at once. */
function stopSignal() {
  const controller = new AbortController();
  const parent = process.ppid;
  const stop = (name) => {
    if (controller.signal.aborted && name === 'SIGINT') process.exit(130);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
  setInterval(() => process.ppid !== parent && stop('parent'), 1000).unref();
  return controller.signal;
}

async function build() {
  const slow = setTimeout(() => say('Building the libraries and the demo ...'), 700);
  const [command, ...args] = buildCommand();
  const { code, output } = await run(command, args, { timeoutMs: BUILD_LIMIT_MS, quiet: true });
  clearTimeout(slow);
  if (code !== 0) throw new SetupError(`The build failed:\n${output}`);
  if (!existsSync(DEMO))
    throw new SetupError('There is no apps/demo/dist/main.js after the build. Delete apps/demo/dist and try again.');
}

/** The settings file the demo runs on: a topology of our own, or locmem where there can be none. */
async function prepare({ redisServer, reason, stopping, cleanup }) {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-cache-demo-'));
  cleanup.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'settings.json');
  const write = (settings) => writeFileSync(file, JSON.stringify(settings, undefined, 2), { mode: 0o600 });
  if (!redisServer) {
    say(`\n${reason}\n\nMeanwhile the demo runs on locmem, the memory of its own process.`);
    write({ CACHES: { default: { BACKEND: 'django.core.cache.backends.locmem.LocMemCache' } }, ...sessionSettings() });
    return { file, folder, guide: onLocmem };
  }
  say('Starting one primary, two replicas and three sentinels ...');
  const { startLocalSentinel } = await import(pathToFileURL(LOCAL_SENTINEL).href);
  const size = { replicas: 2, sentinels: 3, downAfterMs: 1000 };
  const topology = await startLocalSentinel({ ...size, password: 'admin', redisServerBin: redisServer, signal: stopping });
  cleanup.push(() => topology.stop());
  write(djangoSettings(topology.location('mymaster', 0)));
  return { file, folder, guide: (url) => onSentinel(url, topology) };
}

/** What a Django settings.py says, LOCATION apart. */
function djangoSettings(location) {
  return {
    CACHES: {
      default: {
        BACKEND: 'django_redis.cache.RedisCache',
        LOCATION: location,
        OPTIONS: {
          PASSWORD: 'admin',
          CLIENT_CLASS: 'django_sentinel.SentinelClient',
          CONNECTION_POOL_KWARGS: { max_connections: 100 },
        },
      },
    },
    ...sessionSettings(),
  };
}

/** The key is a new one at each start: logins end with the Redis that keeps them. */
function sessionSettings() {
  return { SESSION_ENGINE: 'django.contrib.sessions.backends.cache', SECRET_KEY: randomBytes(32).toString('base64url') };
}

/** Runs the demo until it ends or is told to; gives back the exit code. */
async function runDemo({ file, folder = '', guide, platform, port, stopping }) {
  const demo = fork(DEMO, ['--platform', platform], {
    cwd: root,
    detached: true, // Ctrl-C reaches this script alone, which stops the demo before the servers under it.
    execArgv: ['--import', GUARD],
    env: { ...process.env, DEMO_SETTINGS: file, DEMO_FOLDER: folder, PORT: port ?? String(await usualPort()) },
  });
  const stop = () => {
    demo.kill('SIGTERM');
    setTimeout(() => demo.kill('SIGKILL'), EXIT_LIMIT_MS).unref();
  };
  stopping.addEventListener('abort', stop, { once: true });
  if (stopping.aborted) stop();
  const mute = setTimeout(() => say(`The demo does not listen after ${LISTEN_LIMIT_MS / 1000} s; waiting on.`), LISTEN_LIMIT_MS);
  demo.on('message', (message) => {
    if (!message?.listening) return;
    clearTimeout(mute);
    console.log(guide(message.listening));
  });
  const { code, signal } = await ending(demo);
  clearTimeout(mute);
  if (stopping.aborted) return 0;
  say(`The demo ended by itself (${signal ?? `code ${code}`}).`);
  return code || 1;
}

function ending(child) {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => done({ code, signal }));
  });
}

function usualPort() {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(0));
    probe.listen(USUAL_PORT, '127.0.0.1', () => probe.close(() => done(USUAL_PORT)));
  });
}
