import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache/core';

let redis: LocalRedis;
let caches: SentinelCaches;
let cache: SentinelCache;
beforeAll(async () => {
  redis = await startLocalRedis();
  const at = { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'app' } as const;
  const herd = { CLIENT_CLASS: 'django_redis.client.HerdClient' } as const;
  caches = createCaches({
    CACHES: {
      default: { ...at, OPTIONS: { tags: true, deadline: '30s' } },
      untagged: { ...at, OPTIONS: { deadline: '30s' } },
      plain: { BACKEND: 'locmem' },
      herd: { ...at, KEY_PREFIX: 'herd', OPTIONS: { ...herd, tags: true, deadline: '30s' } },
    },
    CACHE_HERD_TIMEOUT: 20,
  });
  cache = caches.get();
});
afterAll(async () => {
  await caches?.close();
  await redis?.stop();
});

describe('tags', () => {
  it('end all their entries', async () => {
    await cache.set('a', 1, 60, { tags: ['x', 'y'] });
    await cache.set('b', 2, 60, { tags: ['y'] });
    await cache.set('c', 3, 60);
    await cache.invalidateTags('x');
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([undefined, 2, 3]);
    expect(await cache.keys('*')).toEqual(expect.arrayContaining(['b', 'c']));
  });

  it('are refused where OPTIONS.tags is not set, with the setting to write', async () => {
    const message = /expected no tags, since this cache has none. Set CACHES.plain.OPTIONS.tags to true/;
    await expect(caches.get('plain').set('a', 1, 60, { tags: ['x'] })).rejects.toThrow(message);
    await expect(caches.get('plain').getOrSet('a', () => 1, 60, { tags: ['x'] })).rejects.toThrow(message);
    await expect(caches.get('plain').invalidateTags('x')).rejects.toThrow(message);
  });

  it.each([
    ['no array', 'x', /expected an array of texts, got a string/],
    ['a number among them', [1], /expected texts, got a number/],
    ['an empty one', [''], /got an empty tag/],
    ['half a surrogate pair', ['\ud800'], /half a surrogate pair/],
    ['more than 250 bytes', ['é'.repeat(126)], /at most 250 bytes each, got a tag of 252/],
    ['more than 64', Array.from({ length: 65 }, (_, i) => `t${i}`), /expected at most 64, got 65/],
  ])('are refused at the call: %s', async (_name, tags, message) => {
    await expect(cache.set('a', 1, 60, { tags: tags as string[] })).rejects.toThrow(message);
  });

  it('stay with their entry when a HerdClient gives it another lifetime', async () => {
    const herd = caches.get('herd');
    const tomorrow = new Date(Date.now() + 86_400_000);
    const calls: ((key: string) => Promise<unknown>)[] = [
      (key) => herd.touch(key, 100),
      (key) => herd.expire(key, 100),
      (key) => herd.expireAt(key, tomorrow),
      (key) => herd.persist(key),
    ];
    for (const [i, call] of calls.entries()) {
      await herd.set(`k${i}`, 1, 60, { tags: ['x'] });
      expect(await call(`k${i}`)).toBe(true);
    }
    await herd.invalidateTags('x');
    expect(await herd.getMany(calls.map((_call, i) => `k${i}`))).toEqual(new Map());
  });

  it('stay with their entry when a pattern matches only what stands beside it', async () => {
    await cache.set('ab', 1, 60, { tags: ['x'] });
    expect(await cache.deletePattern('*tags*')).toBe(0);
    expect(await cache.get('ab')).toBe(1);
    await cache.invalidateTags('x');
    expect(await cache.get('ab')).toBeUndefined();
  });

  it('leave nothing behind after clear', async () => {
    await cache.set('ab', 1, null, { tags: ['x'] });
    await caches.get('untagged').delete('ab');
    await cache.clear();
    expect(await redis.primary.command('KEYS', 'app:*')).toEqual([]);
  });

  it('too long ones that others wrote beside an entry end it, and cost no time', async () => {
    await cache.set('ab', 1, 60, { tags: ['x'] });
    const [beside] = (await redis.primary.command('KEYS', 'app:1:ab?tags*')) as string[];
    const token = String(await redis.primary.command('GETRANGE', beside!, '0', '-1')).replace(/\[.*/s, '');
    const pairs = Array.from({ length: 100_000 }, (_, i) => [`t${i}`, 'g']);
    await redis.primary.command('SET', beside!, token + JSON.stringify(pairs), 'KEEPTTL');
    expect(await cache.get('ab')).toBeUndefined();
    expect(String(await redis.primary.command('KEYS', '*t99999*'))).toBe('');
  });

  it('a generation that others wrote is replaced', async () => {
    await redis.primary.command('SET', 'app:\0tag:x', 'y'.repeat(1_000_000));
    await cache.set('ab', 1, 60, { tags: ['x'] });
    expect(await redis.primary.command('STRLEN', 'app:\0tag:x')).toBe(16);
    expect(await cache.get('ab')).toBe(1);
  });
});
