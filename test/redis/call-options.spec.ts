import { getMaxListeners } from 'node:events';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalNode, type LocalRedis } from 'local-sentinel';

import { HashRing } from '../../libs/sentinel-cache/src/backends/partitioned/hash-ring.js';
import { shardedBackend } from '../../libs/sentinel-cache/src/backends/partitioned/sharded.backend.js';
import type { Backend } from '../../libs/sentinel-cache/src/backends/port/backend.js';
import type { CallOptions } from '../../libs/sentinel-cache/src/backends/port/call-options.js';
import { RedisBackend } from '../../libs/sentinel-cache/src/backends/redis/redis.backend.js';
import { OK } from '../../libs/sentinel-cache/src/connection/resp/reply-shape.js';
import { DeploymentClient } from '../../libs/sentinel-cache/src/connection/deployment/deployment-client.js';
import { DEFAULTS } from '../../libs/sentinel-cache/src/settings/shapes/defaults.js';
import type { ConnectionConfig } from '../../libs/sentinel-cache/src/settings/shapes/resolved-connection.js';
import { rejectionOf } from '../cache/support/waiting.js';
import { until } from '../connection/until.js';

/** The connection's own: whatever ends sooner was ended by the options of its call. */
const PATIENT_MS = 120_000;
const SOON_MS = 30_000;

let redis: LocalRedis;
const clients: DeploymentClient[] = [];
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin', replicas: 1 });
});
afterEach(async () => {
  if (redis.primary.isHung) await redis.resume();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(() => redis?.stop());

function connect(config: Partial<ConnectionConfig> = {}): { client: DeploymentClient; backend: RedisBackend } {
  const client = new DeploymentClient(
    {
      topology: { kind: 'standalone', primary: { host: redis.host, port: redis.port }, replicas: [] },
      credentials: { username: '', password: 'admin' },
      tls: false,
      database: 0,
      callDeadlineMs: PATIENT_MS,
      connectDeadlineMs: 10_000,
      maxSocketsPerNode: 1,
      gate: DEFAULTS.gate,
      breakerFailures: DEFAULTS.breakerFailures,
      coalesce: 'any',
      clientName: '',
      ...config,
    },
    () => {},
  );
  clients.push(client);
  return { client, backend: new RedisBackend(client, 'default', { scanCount: 100 }) };
}

const first = <T>(batches: AsyncIterable<T>): Promise<unknown> => batches[Symbol.asyncIterator]().next();
const SET_COMMAND = { kind: 'write', name: 'SET', keys: ['k'], args: ['k', 'v'], reply: OK } as const;

/** Every call of the port, its locks and structures. */
const CALLS: Readonly<Record<string, (backend: Backend, options: CallOptions) => Promise<unknown>>> = {
  get: (backend, options) => backend.get('k', options),
  getMany: (backend, options) => backend.getMany(['k', 'l'], options),
  getWithLife: (backend, options) => backend.getWithLife('k', options),
  getManyWithLife: (backend, options) => backend.getManyWithLife(['k', 'l'], options),
  getWithToken: (backend, options) => backend.getWithToken('k', options),
  has: (backend, options) => backend.has('k', options),
  remaining: (backend, options) => backend.remaining('k', options),
  scan: (backend, options) => first(backend.scan('*', options)),
  'locks.holds': (backend, options) => backend.locks.holds('k', 't', options),
  'locks.isTaken': (backend, options) => backend.locks.isTaken('k', options),
  'structures.scan': (backend, options) => first(backend.structures.scan({ name: 'SSCAN', key: 's', ...options })),
  set: (backend, options) => backend.set('k', 'v', 'forever', 'always', options),
  add: (backend, options) => backend.set('k', 'v', 'forever', 'nx', options),
  setMany: (backend, options) => backend.setMany([['k', 'v'], ['l', 'v']], 'forever', options), // prettier-ignore
  delete: (backend, options) => backend.delete(['k', 'l'], options),
  touch: (backend, options) => backend.touch('k', 1000, options),
  expireAt: (backend, options) => backend.expireAt('k', 1e13, options),
  increment: (backend, options) => backend.increment('n', 1n, options),
  move: (backend, options) => backend.move('k', 'k2', options),
  compareAndSet: (backend, options) => backend.compareAndSet('k', 'absent', 'v', 'forever', options),
  command: (backend, options) => backend.command('SET', ['k', 'v'], options),
  deleteAll: (backend, options) => backend.deleteAll(options),
  'locks.claim': (backend, options) => backend.locks.claim('k', 't', 'forever', options),
  'locks.renew': (backend, options) => backend.locks.renew('k', 't', 1000, 'replace', options),
  'locks.drop': (backend, options) => backend.locks.drop('k', 't', options),
  'structures.run': (backend, options) => backend.structures.run(SET_COMMAND, options),
};
const READS = Object.keys(CALLS).slice(0, Object.keys(CALLS).indexOf('set'));
const unknownUnlessRead = (name: string): false | 'unknown' => (READS.includes(name) ? false : 'unknown');

/** The primary hangs with a connection to it that stands. */
async function hungBackend(): Promise<RedisBackend> {
  const { backend } = connect();
  await backend.has('k');
  await redis.hang();
  return backend;
}

describe('the options of one call, while Redis hangs', () => {
  it('deadlineMs bounds every call of the port, however patient the connection is', async () => {
    const backend = await hungBackend();
    const startedAtMs = performance.now();
    const errors = await Promise.all(Object.values(CALLS).map((call) => rejectionOf(call(backend, { deadlineMs: 300 }))));
    expect(performance.now() - startedAtMs).toBeLessThan(SOON_MS);
    for (const error of errors) expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE' });
  });

  it('a signal ends every call that is under way; of a write nobody knows', async () => {
    const backend = await hungBackend();
    const controller = new AbortController();
    const calls = Object.entries(CALLS).map(
      async ([name, call]) => [name, await rejectionOf(call(backend, { signal: controller.signal }))] as const,
    );
    controller.abort('enough');
    for (const [name, error] of await Promise.all(calls))
      expect([name, error]).toMatchObject([
        name,
        { reason: 'aborted', executed: unknownUnlessRead(name), alias: 'default', cause: 'enough' },
      ]);
    // Node warns of a leak beyond so many listeners.
    expect(getMaxListeners(controller.signal)).toBe(Infinity);
  });

  it('a signal that has fired lets no call begin', async () => {
    const { backend } = connect();
    await redis.command('FLUSHALL');
    const signal = AbortSignal.abort();
    for (const [name, call] of Object.entries(CALLS))
      expect([name, await rejectionOf(call(backend, { signal }))]).toMatchObject([name, { reason: 'aborted', executed: false }]);
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  it('a call that is answered leaves no listener on its signal', async () => {
    const { backend } = connect();
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>): void => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
      listeners -= 1;
      remove(...args);
    };
    for (const call of Object.values(CALLS)) await call(backend, { signal }).catch(() => undefined);
    await until(() => listeners === 0);
    expect(listeners).toBe(0);
  });

  it('parts of a call on several servers have its deadline, and its signal', async () => {
    const [one, other] = [connect(), connect()];
    const ring = new HashRing(['redis://shard-0/0', 'redis://shard-1/0']);
    const sharded = shardedBackend([one.backend, other.backend], ring, { alias: 'default', callDeadlineMs: PATIENT_MS });
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    expect(await sharded.delete(keys)).toBe(0);
    await redis.hang();
    const startedAtMs = performance.now();
    expect(await rejectionOf(sharded.getMany(keys, { deadlineMs: 300 }))).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE' });
    expect(performance.now() - startedAtMs).toBeLessThan(SOON_MS);
    const controller = new AbortController();
    const waiting = rejectionOf(sharded.getMany(keys, { signal: controller.signal }));
    controller.abort();
    expect(await waiting).toMatchObject({ reason: 'aborted' });
  });
});

it('failFast rejects every call at once while the circuit breaker is open, without it a call waits', async () => {
  const server = await startLocalRedis({ password: 'admin' });
  const { client, backend } = connect({
    topology: { kind: 'standalone', primary: { host: server.host, port: server.port }, replicas: [] },
  });
  try {
    await backend.has('k');
    await server.kill();
    await until(() => client.breaker() === 'open');
    for (const [name, call] of Object.entries(CALLS))
      expect([name, await rejectionOf(call(backend, { failFast: true }))]).toMatchObject([
        name,
        { reason: 'breaker-open', executed: false },
      ]);
    let isSettled = false;
    const patient = backend.get('k').finally(() => (isSettled = true));
    await rejectionOf(backend.get('k', { deadlineMs: 200 }));
    expect(isSettled).toBe(false);
    await server.primary.restart();
    expect(await patient).toBeNull();
  } finally {
    await client.close();
    await server.stop();
  }
});

it('fresh reads from the primary what a replica would be asked otherwise', async () => {
  const { host, port } = redis.replicas[0]!;
  const { client, backend } = connect({
    topology: { kind: 'standalone', primary: { host: redis.host, port: redis.port }, replicas: [{ host, port }] },
  });
  const asked = async (node: LocalNode): Promise<number> =>
    Number(/cmdstat_get:calls=(\d+)/.exec(String(await node.command('INFO', 'commandstats')))?.[1] ?? 0);
  await until(async () => {
    await backend.get('elsewhere');
    return (await asked(redis.replicas[0]!)) > 0;
  });
  const before = await asked(redis.replicas[0]!);
  for (let i = 0; i < 20; i += 1) await backend.get('elsewhere', { fresh: true });
  expect(await asked(redis.replicas[0]!)).toBe(before);
  await backend.get('elsewhere');
  expect(await asked(redis.replicas[0]!)).toBeGreaterThan(before);
  await client.close();
});
