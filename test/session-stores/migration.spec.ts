import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import type { SentinelCache, SentinelCaches } from 'nestjs-sentinel-cache';
import { ask, cachesOn, LIBRARIES, sessionFor, type AnyStore } from './support/stores.js';

/** As connect-redis 9 with express-session 1.19 left it: SET sess:<id> <JSON> EX <seconds>, then EXPIRE at each touch. */
const LEFT =
  '{"cookie":{"originalMaxAge":3600000,"expires":"2020-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},"user":"Ada","n":3}';
const LEFT_WITHOUT_END = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"user":"Bob"}';

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(() => redis.stop());

describe.each(LIBRARIES)('sessions that connect-redis left, with %s', (_, library) => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let store: AnyStore;
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    caches = cachesOn(redis.url());
    cache = caches.get();
    store = library.store(cache, { migrateFrom: {} });
    await redis.command('SET', 'sess:a', LEFT, 'EX', '3600');
  });
  afterEach(() => caches.close());

  const get = (id: string) => ask<any>((done) => store.get(id, done));

  it('are read, moved to our key with the life they had left, and read again from there', async () => {
    for (let i = 0; i < 2; i += 1) {
      const session = await get('a');
      expect(session).toMatchObject({ user: 'Ada', n: 3, cookie: { originalMaxAge: 3_600_000, path: '/' } });
      expect(session.cookie.expires.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
      expect(await redis.command('KEYS', '*')).toEqual(['app:1:sess:a']);
    }
    const left = await cache.pttl('sess:a');
    expect(left).toBeGreaterThan(3_590_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it('are not looked for without migrateFrom', async () => {
    store = library.store(cache);
    expect(await get('a')).toBeNull();
    expect(await redis.command('KEYS', '*')).toEqual(['sess:a']);
  });

  it('without an end, or for ever (disableTTL), are moved too', async () => {
    await redis.command('SET', 'sess:b', LEFT_WITHOUT_END);
    expect(await get('b')).toMatchObject({ user: 'Bob', cookie: { expires: null } });
    expect(await cache.pttl('sess:b')).toBeGreaterThan(86_000_000);
    expect(await redis.command('EXISTS', 'sess:b')).toBe(0);
  });

  it('are gone for good when destroyed, moved or not, and when all are cleared', async () => {
    await ask((done) => store.destroy('a', done));
    expect([await get('a'), await redis.command('DBSIZE')]).toEqual([null, 0]);
    await redis.command('SET', 'sess:b', LEFT);
    await get('b');
    await ask((done) => store.destroy('b', done));
    expect([await get('b'), await redis.command('DBSIZE')]).toEqual([null, 0]);
    await redis.command('SET', 'sess:c', LEFT);
    await ask((done) => store.clear(done));
    expect([await get('c'), await redis.command('DBSIZE')]).toEqual([null, 0]);
  });

  it('another prefix of theirs is found', async () => {
    store = library.store(cache, { prefix: 's:', migrateFrom: { prefix: 'myapp:' } });
    await redis.command('SET', 'myapp:x', LEFT, 'EX', '60');
    expect(await get('x')).toMatchObject({ user: 'Ada' });
    expect(await redis.command('EXISTS', 'app:1:s:x', 'myapp:x')).toBe(1);
  });

  it('read by 20 requests at once: each has the session, one moves it', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, () => get('a')));
    expect(sessions.map(({ user }) => user as string)).toEqual(Array(20).fill('Ada'));
    expect(await redis.command('KEYS', '*')).toEqual(['app:1:sess:a']);
  });

  it('destroyed while 20 requests move it: it does not come back', async () => {
    for (let round = 0; round < 25; round += 1) {
      await redis.command('SET', 'sess:r', LEFT, 'EX', '60');
      const reads = Array.from({ length: 20 }, () => get('r'));
      await Promise.all([...reads, ask((done) => store.destroy('r', done))]);
      expect([round, await get('r')]).toEqual([round, null]);
    }
  });

  it('destroyed by another process between being found and being stored: it does not come back', async () => {
    const other = library.store(caches.strict(), { migrateFrom: {} });
    const slow = Object.create(cache) as SentinelCache;
    slow.add = async (...entry) => {
      await ask((done) => other.destroy('a', done));
      return cache.add(...entry);
    };
    store = library.store(slow, { migrateFrom: {} });
    expect([await get('a'), await redis.command('DBSIZE')]).toEqual([null, 0]);
  });

  it('what is no session there is an error, never a visitor without one', async () => {
    await redis.command('SET', 'sess:a', 'not ours');
    await expect(get('a')).rejects.toMatchObject({ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE' });
  });

  it('new sessions go to our key alone', async () => {
    await ask((done) => store.set('new', sessionFor(60_000), done));
    expect(await redis.command('EXISTS', 'app:1:sess:new', 'sess:new')).toBe(1);
  });
});
