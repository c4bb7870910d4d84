import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CacheUnavailableError,
  CommandRejectedError,
  createCaches,
  ImproperlyConfiguredError,
  type IgnoredError,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { HashRing } from '../../libs/sentinel-cache/src/backends/partitioned/hash-ring.js';
import { rejectionOf, until } from './support/waiting.js';

const SHARD = 'django_redis.client.ShardClient';
const IGNORED = 'nestjs-sentinel-cache:ignored-error';
const COUNT = 60;
const KEYS = Array.from({ length: COUNT }, (_, i) => `k${i}`);

let servers: LocalRedis[];
let urls: string[];
let ring: HashRing;
let caches: SentinelCaches;
let cache: SentinelCache;

/** Each in another database, with another password. */
async function startServers(): Promise<void> {
  servers = await Promise.all(['one', 'two', 'three'].map((password) => startLocalRedis({ password })));
  urls = servers.map((server, i) => server.url(i));
  ring = new HashRing(urls);
}
const setting = (more: object = {}, location: unknown = urls) => ({
  BACKEND: 'django_redis.cache.RedisCache',
  LOCATION: location as string[],
  OPTIONS: { CLIENT_CLASS: SHARD, deadline: '5s', ...more },
});

/** What one server holds in its database, by its own word. */
async function keysOn(index: number): Promise<string[]> {
  const own = createCaches({ default: { BACKEND: 'redis', LOCATION: urls[index]!, OPTIONS: { deadline: '5s' } } });
  try {
    return ((await own.get().command('KEYS', '*')) as Buffer[]).map(String);
  } finally {
    await own.close();
  }
}
/** One key of each server. */
const keyOf = (index: number): string => KEYS.find((key) => ring.nodeOf(`:1:${key}`) === index)!;

describe('ShardClient', () => {
  beforeAll(async () => {
    await startServers();
    caches = createCaches({ default: setting() });
    cache = caches.get();
  });
  afterAll(async () => {
    await caches?.close();
    await Promise.all((servers ?? []).map((server) => server.stop()));
  });
  beforeEach(async () => {
    await cache.clear({ database: true });
  });

  it('A-90: each key lies on the server that the ring picks by the connection string, and nowhere else', async () => {
    for (const key of KEYS) await cache.set(key, key, 60);
    const found = await Promise.all(servers.map((_, i) => keysOn(i)));
    for (const [index, keys] of found.entries()) {
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys) expect([key, ring.nodeOf(key)]).toEqual([key, index]);
    }
    expect(found.flat().length).toBe(COUNT);
    for (const key of KEYS) expect(await cache.get(key)).toBe(key);
  });

  it('A-90: several URLs in one string, cut at the comma, are the same ring', async () => {
    const other = createCaches({ default: setting({}, urls.join(',')) });
    try {
      await cache.setMany(Object.fromEntries(KEYS.map((key, i) => [key, i])), 60);
      expect((await other.get().getMany(KEYS)).size).toBe(COUNT);
    } finally {
      await other.close();
    }
  });

  it('A-91: keys with one {tag} lie together', async () => {
    for (let i = 0; i < 20; i += 1) await cache.set(`{user7}:${i}`, i, 60);
    const counts = await Promise.all(servers.map(async (_, i) => (await keysOn(i)).length));
    expect(counts.filter((count) => count === 0)).toHaveLength(2);
    expect(ring.nodeOf('user7')).toBe(counts.indexOf(20));
  });

  it('A-92: getMany, setMany and deleteMany go to each server once, answer in order, and keep a stored None', async () => {
    await cache.setMany({ ...Object.fromEntries(KEYS.map((key, i) => [key, i])), none: null }, 60);
    const wanted = ['none', 'absent', ...KEYS.toReversed()];
    const hits = await cache.getMany(wanted);
    expect([...hits]).toEqual([['none', null], ...KEYS.toReversed().map((key) => [key, KEYS.indexOf(key)])]);
    expect(await cache.deleteMany([...KEYS, 'absent'])).toBe(COUNT);
    expect((await cache.getMany(wanted)).size).toBe(1);
    expect([await cache.getMany([]), await cache.deleteMany([])]).toEqual([new Map(), 0]);
  });

  it('A-92: keys, iterKeys, deletePattern and clear visit all servers; the last removes this cache alone', async () => {
    const other = createCaches({ default: setting(), shop: { ...setting(), KEY_PREFIX: 'shop' } });
    try {
      const shop = other.get('shop');
      await shop.setMany(Object.fromEntries(KEYS.map((key) => [key, 1])), 60);
      await cache.setMany({ ...Object.fromEntries(KEYS.map((key) => [key, 1])), other: 2 }, 60);
      expect((await cache.keys('k*')).toSorted()).toEqual(KEYS.toSorted());
      const found = new Set<string>();
      for await (const key of shop.iterKeys('*')) found.add(key);
      expect(found).toEqual(new Set(KEYS));
      expect(await cache.deletePattern('k*')).toBe(COUNT);
      expect(await cache.keys('*')).toEqual(['other']);
      await shop.clear();
      expect([await shop.keys('*'), await cache.get('other')]).toEqual([[], 2]);
      await cache.clear({ database: true });
      expect((await Promise.all(servers.map((_, i) => keysOn(i)))).flat()).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('A-92: incrVersion moves an entry to the server of its new key, with value and lifetime', async () => {
    const moving = KEYS.find((key) => ring.nodeOf(`:1:${key}`) !== ring.nodeOf(`:2:${key}`))!;
    await cache.set(moving, { a: [1] }, 100);
    expect(await cache.incrVersion(moving)).toBe(2);
    expect([await cache.get(moving), await cache.get(moving, { version: 2 })]).toEqual([undefined, { a: [1] }]);
    expect(await cache.ttl(moving, { version: 2 })).toBe(100);
    const staying = KEYS.find((key) => ring.nodeOf(`:1:${key}`) === ring.nodeOf(`:2:${key}`))!;
    await cache.set(staying, 1, null);
    expect([await cache.incrVersion(staying), await cache.pttl(staying, { version: 2 })]).toEqual([2, null]);
  });

  it('counts, locks, compares and sets, and has sets wherever the key is', async () => {
    for (const index of servers.keys()) {
      const key = keyOf(index);
      await cache.set(key, 1, 60);
      expect(await cache.incr(key, 4)).toBe(5);
      const { token } = await cache.getWithToken(key);
      expect(await cache.compareAndSet(key, token, 6, 60)).toBe(true);
      expect([await cache.touch(key, 30), await cache.ttl(key)]).toEqual([true, 30]);
      expect(await cache.lock(`lock-${key}`, { timeout: 10 }).run(async () => 'held')).toBe('held');
      expect(await cache.sets.add(`set-${key}`, ['a', 'b'])).toBe(2);
    }
    expect(await cache.getOrSet('made', () => 'made', 60)).toBe('made');
  });

  it('A-92: a command goes to the server of its key; without one, or with keys of several, it is refused unexecuted', async () => {
    for (const index of servers.keys()) {
      await cache.set(keyOf(index), 'v', 60);
      expect(await cache.command('EXISTS', cache.makeKey(keyOf(index)))).toBe(1);
    }
    for (const command of [['DBSIZE'], ['DEL', cache.makeKey(keyOf(0)), cache.makeKey(keyOf(1))]] as [string, ...string[]][]) {
      const error = await rejectionOf(cache.command(...command));
      expect(error).toBeInstanceOf(CommandRejectedError);
      expect(error).toMatchObject({ redisCode: 'CROSSSLOT', executed: false, alias: 'default' });
    }
    expect(await cache.has(keyOf(0))).toBe(true);
  });

  it('tells of each server by itself, and of all as the worst of them', async () => {
    await cache.getMany(KEYS);
    expect(caches.topology()).toMatchObject({ kind: 'sharded', state: { status: 'up', breaker: 'closed' } });
    expect(caches.topology()!.shards!.map(({ primary }) => primary.address)).toEqual(
      servers.map(({ host, port }) => `${host}:${port}`),
    );
    const monitored = (await caches.monitor.topology())!;
    expect(monitored).toMatchObject({ alias: 'default', kind: 'sharded', primary: { connected: true }, quorum: null });
    expect(monitored.shards!.map(({ kind, primary }) => [kind, primary.address])).toEqual(
      servers.map(({ host, port }) => ['standalone', `${host}:${port}`]),
    );
  });

  describe('settings', () => {
    const problemsOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        if (error instanceof ImproperlyConfiguredError) return error.problems.map(({ path }) => path);
        throw error;
      }
      return [];
    };

    it.each(['shard', SHARD, 'django_redis.client.sharded.ShardClient'])('A-90: CLIENT_CLASS %s is the one', (CLIENT_CLASS) => {
      expect(problemsOf(() => createCaches({ default: setting({ CLIENT_CLASS }) }))).toEqual([]);
    });

    it('A-90: refuses what is no list of servers', () => {
      for (const [location, path] of [
        [[], 'LOCATION'],
        ['', 'LOCATION'],
        [[urls[0], 5], 'LOCATION[1]'],
        [[urls[0], 'h:1'], 'LOCATION[1]'],
        [[urls[0], urls[0]], 'LOCATION'],
      ])
        expect(problemsOf(() => createCaches({ default: setting({}, location) }))).toEqual([`CACHES.default.${String(path)}`]);
    });

    it('refuses sentinels below it, which django-redis does not have either', () => {
      const CONNECTION_FACTORY = 'django_redis.pool.SentinelConnectionFactory';
      expect(problemsOf(() => createCaches({ default: setting({ CONNECTION_FACTORY }) }))).toEqual([
        'CACHES.default.OPTIONS.CLIENT_CLASS',
      ]);
      expect(problemsOf(() => createCaches({ default: setting({ SENTINELS: [['h', 1]] }) }))).toEqual([
        'CACHES.default.OPTIONS.SENTINELS',
      ]);
    });

    it('never shows the passwords in the names of its servers', async () => {
      expect(JSON.stringify([caches.topology(), await caches.monitor.topology()])).not.toMatch(/one@|two@|three@/);
      const texts = [String(await rejectionOf(cache.command('DBSIZE')))];
      for (const text of texts) expect(text).not.toMatch(/redis:\/\//);
    });
  });
});

describe('ShardClient with one server dead', () => {
  let ignored: IgnoredError[];
  const listen = (event: unknown): void => void ignored.push(event as IgnoredError);
  let soft: SentinelCache;
  let dead: readonly string[];
  let alive: readonly string[];

  beforeEach(async () => {
    await startServers();
    caches = createCaches({ default: setting({ deadline: '1s' }), soft: setting({ deadline: '1s', IGNORE_EXCEPTIONS: true }) });
    [cache, soft] = [caches.get(), caches.get('soft')];
    await cache.setMany(Object.fromEntries(KEYS.map((key) => [key, key])), 60);
    dead = KEYS.filter((key) => ring.nodeOf(`:1:${key}`) === 1);
    alive = KEYS.filter((key) => !dead.includes(key));
    ignored = [];
    subscribe(IGNORED, listen);
    await servers[1]!.kill();
    await until('the connection is known to be gone', async () => (await rejectionOf(cache.get(dead[0]!))).executed === false);
  });
  afterEach(async () => {
    unsubscribe(IGNORED, listen);
    await caches?.close();
    await Promise.all((servers ?? []).map((server) => server.stop()));
  });

  it('pain: only its keys are out; calls that need it are rejected, and say what was done', async () => {
    expect(await cache.get(alive[0]!)).toBe(alive[0]);
    expect((await cache.getMany(alive)).size).toBe(alive.length);
    expect(await rejectionOf(cache.getMany(KEYS))).toBeInstanceOf(CacheUnavailableError);
    // The servers that are there did it: neither all nor nothing.
    const error = await rejectionOf(cache.setMany(Object.fromEntries(KEYS.map((key) => [key, 2])), 60));
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: 'unknown' });
    expect(await cache.get(alive[0]!)).toBe(2);
    expect(await rejectionOf(cache.keys('*'))).toBeInstanceOf(CacheUnavailableError);
    expect(await rejectionOf(cache.clear())).toBeInstanceOf(CacheUnavailableError);
    expect(caches.topology()!.state.status).not.toBe('up');
    expect(caches.topology()!.shards!.map(({ state }) => state.status === 'up')).toEqual([true, false, true]);
  });

  it('A-68: under IGNORE_EXCEPTIONS one dead server makes only its own keys miss, in calls of many keys too', async () => {
    expect([await soft.get(dead[0]!), await soft.get(alive[0]!)]).toEqual([undefined, alive[0]]);
    expect([...(await soft.getMany(KEYS)).keys()]).toEqual(alive);
    await soft.setMany(Object.fromEntries(KEYS.map((key) => [key, 'new'])), 60);
    expect(await soft.getMany([alive[0]!, dead[0]!])).toEqual(new Map([[alive[0]!, 'new']]));
    expect((await soft.keys('*')).toSorted()).toEqual(alive.toSorted());
    expect(await soft.deleteMany([alive[0]!, alive[1]!, ...dead])).toBe(2);
    expect(await soft.deletePattern('k*')).toBe(alive.length - 2);
    await soft.clear();
    const told = ignored.map(({ alias, operation }) => `${alias} ${operation}`);
    for (const operation of ['get', 'getMany', 'setMany', 'iterKeys', 'deleteMany', 'deletePattern', 'clear'])
      expect(told).toContain(`soft ${operation}`);
    expect(told.filter((line) => line === 'soft setMany')).toHaveLength(1);
    await servers[1]!.restart();
    await until('it answers again', async () => soft.set(dead[0]!, 'back', 60));
    expect(await soft.get(dead[0]!)).toBe('back');
  });
});
