/**
 * `npm start`: the demo, on a real Sentinel topology of its own.
 *
 *   npm start -- --settings file.json   your own settings (Django's module as JSON) instead of the local topology
 *   npm start -- --platform fastify     Fastify instead of Express
 *   npm start -- --port 3000            the port; without one 3000, or a free one where that is taken
 *   npm start -- --help                 the flags
 */
import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { buildCommand } from './build.mjs';
import { SetupError, main, root, run, say } from './run.mjs';
import { setup } from './setup.mjs';
import { onLocmem, onOwnSettings, onSentinel } from './things-to-try.mjs';

const DEMO = join(root, 'apps', 'demo', 'dist', 'main.js');
const GUARD = pathToFileURL(join(root, 'scripts', 'die-with-parent.mjs')).href;
const USUAL_PORT = 3000;
const BUILD_LIMIT_MS = 3 * 60_000;
const LISTEN_LIMIT_MS = 30_000;
const EXIT_LIMIT_MS = 5000;
const USAGE = `Usage: npm start -- [--settings file.json] [--platform express|fastify] [--port 3000]

Starts the demo on a primary, two replicas and three sentinels of its own, and prints its address. Ctrl-C ends it all.

  --settings   a file with Django's settings as JSON: the demo runs on your servers, and starts none
  --platform   the HTTP server under Nest: express (unless given) or fastify
  --port       the port; unless given 3000, or a free one where that is taken; 0: any free one
  --help       this text`;

main(async () => {
  const options = readOptions();
  if (options.help) {
    say(USAGE);
    return 0;
  }
  const stopping = stopSignal();
  try {
    const port = await portOf(options);
    const { redisServer, reason } = await setup({ redis: options.settings ? 'none' : 'wanted' });
    await build();
    if (stopping.aborted) return 0;
    return await runDemo({ ...options, ...groundOf({ ...options, redisServer, reason }), port, stopping });
  } catch (error) {
    if (stopping.aborted) return 0;
    throw error;
  } finally {
    if (stopping.aborted) say('Stopped. Nothing is left running.');
  }
});

function readOptions() {
  const options = {
    settings: { type: 'string' },
    platform: { type: 'string', default: 'express' },
    port: { type: 'string' },
    help: { type: 'boolean', default: false },
  };
  let values;
  try {
    ({ values } = util.parseArgs({ options }));
  } catch (error) {
    throw new SetupError(`${error.message}\n${USAGE}`);
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

/** What the demo runs on, as its environment says it: your settings, servers of its own, or locmem where there can be none. */
function groundOf({ settings, redisServer, reason }) {
  if (settings) return { env: { DEMO_SETTINGS: settings }, guide: ({ listening }) => onOwnSettings(listening, settings) };
  if (redisServer) {
    say('Starting one primary, two replicas and three sentinels ...');
    return { env: { DEMO_REDIS_SERVER: redisServer }, guide: onSentinel };
  }
  say(`\n${reason}\n\nMeanwhile the demo runs on locmem, the memory of its own process.`);
  return { env: { DEMO_BACKEND: 'locmem' }, guide: ({ listening }) => onLocmem(listening) };
}

/** Runs the demo until it ends or is told to; gives back the exit code. */
async function runDemo({ env, guide, platform, port, stopping }) {
  const demo = fork(DEMO, ['--platform', platform], {
    cwd: root,
    detached: true, // Ctrl-C reaches this script alone, so that the demo is told once.
    execArgv: ['--import', GUARD],
    env: { ...withoutDemo(process.env), ...env, PORT: String(port) },
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
    console.log(guide(message));
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

/** What one start says about the demo's settings is all that counts. */
function withoutDemo(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^DEMO_(?!HOST$|SECRET_KEY$)/.test(name)));
}

/** The port that was asked for, if nobody has it; looked at before anything is started. */
async function portOf({ port }) {
  if (port === undefined) return (await isFree(USUAL_PORT)) ? USUAL_PORT : 0;
  if (await isFree(Number(port))) return Number(port);
  throw new SetupError(
    `--port: another program has port ${port}. End it, or choose another port: --port 0 takes any that is free.`,
  );
}

function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, process.env.HOST || '127.0.0.1', () => probe.close(() => done(true)));
  });
}
