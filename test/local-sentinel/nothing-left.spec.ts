import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { isAlive, processesIn, until } from './process-watch.js';

const root = resolve('.');
let compiled = '';
let temporary = '';

/** The sources, compiled into a folder of this test's own from which `ioredis` can be found. */
async function compile(): Promise<void> {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  compiled = mkdtempSync(join(root, 'node_modules/.cache/local-sentinel-'));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const flags = [
    '--composite',
    'false',
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
    '--declaration',
    'false',
    '--outDir',
    compiled,
  ];
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'libs/local-sentinel'), ...flags]);
}

/** A Node process of its own that starts a topology in `temporary` and then runs `body`. */
function parent(body: string): ChildProcess {
  const source = `
    import { startLocalCluster, startLocalSentinel } from ${JSON.stringify(pathToFileURL(join(compiled, 'index.js')).href)};
    const options = { replicas: 1, sentinels: 3, password: 'admin', proxies: true };
    ${body}`;
  const env = { ...process.env, TMPDIR: temporary, NODE_OPTIONS: '' };
  return spawn(process.execPath, ['--input-type=module', '-e', source], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

const STAND = `
  const topology = await startLocalSentinel(options);
  await topology.replicas[0].hang();
  process.stdout.write(JSON.stringify(topology.nodes.map((node) => node.pid)) + '\\n');`;

async function pidsOf(child: ChildProcess): Promise<number[]> {
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as number[];
}

async function nothingIsLeft(pids: readonly number[] = []): Promise<void> {
  await until('every process has ended', () => processesIn(temporary).length === 0 && !pids.some(isAlive));
  await until('the folder is gone', () => readdirSync(temporary).length === 0);
}

describe('nothing is left behind', () => {
  beforeAll(async () => {
    temporary = realpathSync(mkdtempSync(join(tmpdir(), 'nothing-left-')));
    await compile();
  });
  afterAll(() => {
    rmSync(compiled, { recursive: true, force: true });
    rmSync(temporary, { recursive: true, force: true });
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)('after %s to the parent, a hung node included', async (signal) => {
    const child = parent(`${STAND} setInterval(() => undefined, 1000);`);
    const pids = await pidsOf(child);
    expect(pids.filter(isAlive)).toHaveLength(5);
    child.kill(signal);
    await once(child, 'exit');
    await nothingIsLeft(pids);
  });

  it('after a SIGKILL in the middle of the start', async () => {
    const child = parent('await startLocalSentinel(options);');
    await until('a first server runs', () => processesIn(temporary).length > 0 || child.exitCode !== null);
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await nothingIsLeft();
  });

  it('after SIGKILL to the parent of a cluster, a hung node included', async () => {
    const child = parent(`
      const cluster = await startLocalCluster();
      await cluster.nodes[0].hang();
      process.stdout.write(JSON.stringify(cluster.nodes.map((node) => node.pid)) + '\\n');
      setInterval(() => undefined, 1000);`);
    const pids = await pidsOf(child);
    expect(pids.filter(isAlive)).toHaveLength(3);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await nothingIsLeft(pids);
  });

  it('after an uncaught error, and after a script that forgets stop() and just ends', async () => {
    const failing = parent(`${STAND} process.exitCode = 3;`);
    const pids = await pidsOf(failing);
    const [code] = (await once(failing, 'exit')) as [number];
    expect(code).toBe(3);
    await nothingIsLeft(pids);
  });

  it('after stop(), which ends the watchdog and lets the parent end by itself', async () => {
    const child = parent(`${STAND} await topology.stop(); await topology.stop();`);
    const pids = await pidsOf(child);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('after a start that fails or is called off', async () => {
    const child = parent(`
      import { existsSync, readdirSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      const codeOf = (more) => startLocalSentinel({ ...options, ...more }).then(() => 'it stands', (error) => error.code ?? error.message);
      const codes = [await codeOf({ redisServerBin: '/nowhere/redis-server' }), await codeOf({ redisConfig: { 'no-such-directive': '1' } })];
      const calledOff = new AbortController();
      const outcome = codeOf({ signal: calledOff.signal });
      const temporary = process.env.TMPDIR;
      while (!readdirSync(temporary).some((name) => existsSync(temporary + '/' + name + '/mymaster-0/redis.log'))) await delay(1);
      calledOff.abort(new Error('called off'));
      codes.push(await outcome);
      process.env.PATH = '/nowhere'; // and with it openssl
      codes.push(await codeOf({ tls: 'both' }));
      process.stdout.write(JSON.stringify({ codes, left: readdirSync(temporary) }) + '\\n');`);
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    expect(JSON.parse(line.toString())).toEqual({
      codes: ['LOCAL_SENTINEL_BINARY_MISSING', 'LOCAL_SENTINEL_START_FAILED', 'called off', 'LOCAL_SENTINEL_OPENSSL_FAILED'],
      left: [],
    });
    await once(child, 'exit');
    expect(processesIn(temporary)).toEqual([]);
  });
});
