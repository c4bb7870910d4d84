import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { NaiveDatetime } from 'nestjs-sentinel-cache/values';
import { locmemTwin } from 'nestjs-sentinel-cache/testing';

const options = (OPTIONS: Record<string, unknown>) => ({ OPTIONS: { deadline: '5s', ...OPTIONS } });
/** Aliases that differ in what a twin has to keep. */
const KINDS: Record<string, Record<string, unknown>> = {
  default: options({}),
  json: { ...options({ SERIALIZER: 'json' }), KEY_PREFIX: 'j', VERSION: 3 },
  msgpack: { ...options({ SERIALIZER: 'msgpack', COMPRESSOR: 'zlib' }), KEY_PREFIX: 'm' },
  small: { ...options({ COMPRESSOR: 'gzip', maxValueBytes: 300 }), KEY_PREFIX: 's', TIMEOUT: null },
  herd: { ...options({ CLIENT_CLASS: 'herd' }), KEY_PREFIX: 'h' },
  ignoring: { ...options({ IGNORE_EXCEPTIONS: true }), KEY_PREFIX: 'i', TIMEOUT: '90s' },
};

const CALLS: Record<string, (cache: SentinelCache) => Promise<unknown>> = {
  'a value': async (cache) => [await cache.set('a', { n: 1, list: [1, 'ü', null] }), await cache.get('a'), await cache.has('a')],
  'a date': async (cache) => [await cache.set('a', new NaiveDatetime({ year: 2026, month: 2, day: 3 })), await cache.get('a')],
  'a map with numbers as keys': async (cache) => [await cache.set('a', new Map([[1, 2]])), await cache.get('a')],
  'a function': (cache) => cache.set('a', () => 1),
  'a long text': async (cache) => [await cache.set('a', 'x'.repeat(500)), await cache.get('a')],
  'nx and xx': async (cache) => [
    await cache.set('a', 1, 60, { xx: true }),
    await cache.add('a', 1),
    await cache.add('a', 2),
    await cache.get('a'),
  ],
  lifetimes: async (cache) => {
    await cache.set('a', 1);
    await cache.set('b', 1, null);
    await cache.set('c', 1, 0);
    const ttls = await Promise.all(['a', 'b', 'c'].map((key) => cache.ttl(key)));
    return [ttls.map((ttl) => (ttl ? Math.round(ttl / 10) : ttl)), await cache.persist('a'), await cache.persist('a')];
  },
  counters: async (cache) => [await cache.set('n', 5), await cache.incr('n', 2n ** 64n), await cache.decr('n')],
  'a text that is no number': async (cache) => [await cache.set('n', 'five'), await cache.incr('n')],
  'a counter that is not there': (cache) => cache.incr('n'),
  versions: async (cache) => [await cache.set('a', 1), await cache.incrVersion('a'), await cache.get('a'), await cache.keys('*')],
  many: async (cache) => {
    await cache.setMany({ 'k:1': 1, 'k:2': null, other: 3 });
    const found = await cache.getMany(['k:1', 'k:2', 'x']);
    return [[...found], await cache.deletePattern('k:*'), await cache.keys('*'), await cache.deleteMany(['other', 'x'])];
  },
  tokens: async (cache) => {
    const { token } = await cache.getWithToken('a');
    return [await cache.compareAndSet('a', token, 1), await cache.compareAndSet('a', token, 2), await cache.get('a')];
  },
  'get or set': async (cache) => [await cache.getOrSet('a', () => [1]), await cache.getOrSet('a', () => [2])],
  locks: async (cache) => {
    const [first, second] = [cache.lock('l', { timeout: 60 }), cache.lock('l', { timeout: 60, blocking: false })];
    return [await first.acquire(), await second.acquire(), await first.release(), await second.acquire(), await cache.keys('l*')];
  },
  'stored keys': async (cache) => {
    await cache.set('a', 1);
    return [cache.makeKey('a'), await cache.deleteStoredKeys(cache.makeKey('a')), await cache.has('a')];
  },
};

let redis: LocalRedis;
let real: SentinelCaches;
let twin: SentinelCaches;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
  const settings = Object.fromEntries(
    Object.entries(KINDS).map(([alias, more]) => [alias, { BACKEND: 'redis', LOCATION: redis.url(0), ...more }]),
  );
  [real, twin] = [createCaches(settings), createCaches(locmemTwin(settings))];
});
afterAll(async () => {
  await Promise.all([real?.close(), twin?.close()]);
  await redis?.stop();
});

/** The answer, or the error in the words that a program may rely on. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: { code?: string; redisCode?: string; executed?: unknown }) => {
    if (error.code === undefined) throw error;
    return { code: error.code, redisCode: error.redisCode, executed: error.executed };
  });
}

describe.each(Object.keys(KINDS))('the twin of %s beside the real one', (alias) => {
  beforeEach(() => Promise.all([real, twin].map((caches) => caches.get().clear({ database: true }))));

  it.each(Object.keys(CALLS))('answers the same: %s', async (name) => {
    const [theirs, ours] = await Promise.all([real, twin].map((caches) => outcome(CALLS[name]!(caches.get(alias)))));
    expect(ours).toEqual(theirs);
    const keys = await Promise.all([real, twin].map((caches) => caches.get(alias).keys('*')));
    expect(keys[1]!.toSorted()).toEqual(keys[0]!.toSorted());
  });
});
