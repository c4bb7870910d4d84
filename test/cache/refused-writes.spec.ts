import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CacheUnavailableError,
  createCaches,
  type SentinelCache,
  type SentinelCaches,
  type Serializer,
} from 'nestjs-sentinel-cache';
import { deadPort } from './support/ports.js';
import { rejectionOf, until } from './support/waiting.js';

const TEN_MEGABYTES = 'x'.repeat(10_000_000);
/** What may be serialised before the queue is full: the first value alone, whatever its size. */
const BEFORE_FULL = 2;

let serialised: number;
/** Counts what is serialised, and writes text whole, as the serializers of the package do. */
const COUNTING: Serializer = {
  writesWhole: true,
  dumps(value) {
    serialised += 1;
    return Buffer.from(JSON.stringify(value));
  },
  loads: (bytes) => JSON.parse(bytes.toString()) as unknown,
};

let caches: SentinelCaches | undefined;
let redis: LocalRedis | undefined;
const open = (location: string, options: Record<string, unknown> = {}, client?: string): SentinelCache => {
  const OPTIONS = { SERIALIZER: COUNTING, deadline: 30_000, ...options, ...(client ? { CLIENT_CLASS: client } : {}) };
  caches = createCaches({ CACHES: { default: { BACKEND: 'redis', LOCATION: location, OPTIONS } } });
  return caches.get();
};

const breakerOpens = (cache: SentinelCache): Promise<void> =>
  until('the breaker opens', async () => {
    await cache.get('k');
    return caches!.topology()?.state.breaker !== 'closed';
  });

/** Every way to write a value. */
const WRITES: Readonly<Record<string, (cache: SentinelCache, value: unknown) => Promise<unknown>>> = {
  set: (cache, value) => cache.set('k', value, 60),
  add: (cache, value) => cache.add('k', value, 60),
  setMany: (cache, value) => cache.setMany({ a: value, b: value }, 60),
  compareAndSet: (cache, value) => cache.compareAndSet('k', 'absent', value, 60),
  'sets.add': (cache, value) => cache.sets.add('s', [value]),
  'sets.move': (cache, value) => cache.sets.move('s', 't', value),
  'hashes.set': (cache, value) => cache.hashes.set('h', 'f', value),
  'hashes.add': (cache, value) => cache.hashes.add('h', 'f', value),
  'hashes.setMany': (cache, value) => cache.hashes.setMany('h', { f: value }),
  'sortedSets.add': (cache, value) => cache.sortedSets.add('z', [[value, 1]]),
  'sortedSets.incrBy': (cache, value) => cache.sortedSets.incrBy('z', value, 1),
  'sortedSets.remove': (cache, value) => cache.sortedSets.remove('z', [value]),
};

beforeEach(() => {
  serialised = 0;
});
afterEach(async () => {
  await caches?.close();
  await redis?.stop();
  caches = redis = undefined;
});

describe('a write that will be refused is not serialised', () => {
  it('with a queue that is full of bytes: of 200 values of 10 MB the first alone', async () => {
    const cache = open(`redis://127.0.0.1:${await deadPort()}/0`);
    const calls = Array.from({ length: 200 }, (_, i) => rejectionOf(cache.set(`k${i}`, TEN_MEGABYTES)));
    expect(serialised).toBeLessThanOrEqual(BEFORE_FULL);
    await caches!.close();
    const reasons = (await Promise.all(calls)).map((error) => (error as unknown as CacheUnavailableError).reason);
    expect(reasons.filter((reason) => reason === 'queue-full').length).toBeGreaterThanOrEqual(198);
  });

  it.each([
    ['text', TEN_MEGABYTES],
    ['bytes', Buffer.alloc(10_000_000)],
    ['rows', Array.from({ length: 10_000 }, (_, id) => ({ id, body: 'y'.repeat(1000) }))],
  ])('with little room in the queue, while few bytes wait: 10 MB of %s', async (_what, value) => {
    const cache = open(`redis://127.0.0.1:${await deadPort()}/0`);
    const waiting = [1, 2, 3].map((i) => rejectionOf(cache.set(`small${i}`, 'v')));
    serialised = 0;
    await Promise.all(
      Array.from({ length: 200 }, async () =>
        expect(await rejectionOf(cache.set('k', value))).toMatchObject({ reason: 'queue-full', executed: false }),
      ),
    );
    expect(serialised).toBe(0);
    const small = rejectionOf(cache.set('small', 'v'));
    await caches!.close();
    for (const error of await Promise.all([...waiting, small])) expect(error).not.toMatchObject({ reason: 'queue-full' });
  });

  it.each(Object.keys(WRITES))('%s: with a full queue, and after close', async (name) => {
    const cache = open(`redis://127.0.0.1:${await deadPort()}/0`);
    const waiting = Array.from({ length: 1000 }, () => rejectionOf(cache.get('k')));
    expect(await rejectionOf(WRITES[name]!(cache, 'v'))).toMatchObject({ reason: 'queue-full', executed: false });
    await caches!.close();
    expect(await rejectionOf(WRITES[name]!(cache, 'v'))).toMatchObject({ reason: 'closed', executed: false });
    expect(serialised).toBe(0);
    await Promise.all(waiting);
  });

  it('with wrong credentials', async () => {
    redis = await startLocalRedis({ password: 'right' });
    const cache = open(`redis://:wrong@127.0.0.1:${redis.port}/0`);
    await rejectionOf(cache.get('k'));
    for (const write of Object.values(WRITES))
      expect(await rejectionOf(write(cache, 'v'))).toMatchObject({ reason: 'auth', executed: false });
    expect(serialised).toBe(0);
  });

  it.each(Object.keys(WRITES))(
    '%s: with IGNORE_EXCEPTIONS while the breaker is open; it answers what it always does',
    async (name) => {
      const cache = open(`redis://127.0.0.1:${await deadPort()}/0`, { IGNORE_EXCEPTIONS: true, deadline: 200 });
      await breakerOpens(cache);
      serialised = 0;
      const outcome = await WRITES[name]!(cache, TEN_MEGABYTES).catch((error: unknown) => error);
      if (name === 'compareAndSet') expect(outcome).toMatchObject({ reason: 'breaker-open', executed: false });
      else expect([false, undefined, 0]).toContain(outcome);
      expect(serialised).toBe(0);
    },
  );

  it('getOrSet: what is made while the breaker is open is given back as it is', async () => {
    const cache = open(`redis://127.0.0.1:${await deadPort()}/0`, { IGNORE_EXCEPTIONS: true, deadline: 200 });
    await breakerOpens(cache);
    expect(await cache.getOrSet('k', () => ['made'])).toEqual(['made']);
    expect(serialised).toBe(0);
    const [first, second] = await Promise.all([
      cache.getOrSet('j', async () => ['made']).then((made) => (made!.push('changed'), made)),
      cache.getOrSet('j', () => ['never']),
    ]);
    expect([first, second]).toEqual([['made', 'changed'], ['made']]);
    expect(serialised).toBe(1);
  });

  it('on a cluster of which no node is known, and on shards that all refuse', async () => {
    const dead = [await deadPort(), await deadPort()];
    const cluster = open(`redis+cluster://127.0.0.1:${dead[0]},127.0.0.1:${dead[1]}`);
    const waiting = Array.from({ length: 1000 }, () => rejectionOf(cluster.get('k')));
    for (const write of Object.values(WRITES)) await expect(rejectionOf(write(cluster, 'v'))).resolves.toBeDefined();
    expect(serialised).toBe(0);
    await caches!.close();
    await Promise.all(waiting);
    const OPTIONS = { SERIALIZER: COUNTING, CLIENT_CLASS: 'django_redis.client.ShardClient' };
    const LOCATION = dead.map((port) => `redis://127.0.0.1:${port}/0`);
    const BACKEND = 'django_redis.cache.RedisCache';
    caches = createCaches({ CACHES: { default: { BACKEND, LOCATION, OPTIONS } } });
    const shards = caches.get();
    await caches.close();
    for (const write of Object.values(WRITES)) await expect(rejectionOf(write(shards, 'v'))).resolves.toBeDefined();
    expect(serialised).toBe(0);
  });

  it('is told to telemetry and to the channel of ignored errors once, as any refused write', async () => {
    const cache = open(`redis://127.0.0.1:${await deadPort()}/0`, { IGNORE_EXCEPTIONS: true, deadline: 200 });
    await breakerOpens(cache);
    const heard: unknown[] = [];
    const onIgnored = (event: unknown): void => void heard.push((event as { operation: string }).operation);
    const onError = (event: unknown): void => void heard.push(`failed ${(event as { operation: string }).operation}`);
    const channel = tracingChannel<unknown, object>('nestjs-sentinel-cache:operation');
    const listeners = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error: onError };
    subscribe('nestjs-sentinel-cache:ignored-error', onIgnored);
    channel.subscribe(listeners);
    await cache.set('k', 1);
    channel.unsubscribe(listeners);
    unsubscribe('nestjs-sentinel-cache:ignored-error', onIgnored);
    expect(heard).toEqual(['failed set', 'set']);
  });

  it('locmem never refuses, and a healthy Redis takes what it took', async () => {
    redis = await startLocalRedis();
    const cache = open(redis.url(0));
    const others = createCaches({ CACHES: { default: { BACKEND: 'locmem', OPTIONS: { SERIALIZER: COUNTING } } } });
    for (const one of [cache, others.get()]) {
      await one.set('first', 1);
      await Promise.all([1, 2, 3].map((i) => one.set(`k${i}`, TEN_MEGABYTES)));
      expect(await one.get('k3')).toHaveLength(TEN_MEGABYTES.length);
    }
    await others.close();
  });
});
