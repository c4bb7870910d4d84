import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { until } from '../cache/support/waiting.js';
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
    expect((await cache.keys('*')).toSorted()).toEqual(['b', 'c']);
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

  const stats = async (name: string): Promise<number> =>
    Number(new RegExp(`${name}:(\\d+)`).exec(String(await redis.primary.command('INFO', 'stats')))![1]);

  it.each<[string, string[][]]>([
    ['many', Array.from({ length: 65 }, (_, i) => [`t${i}`, 'g'])],
    ['one of a megabyte', [['t'.repeat(1_000_000), 'g']]],
  ])('that others wrote beside an entry, more than we write, end it without being asked for: %s', async (_, pairs) => {
    await cache.set('ab', 1, 60, { tags: ['x'] });
    const [beside] = (await redis.primary.command('KEYS', 'app:1:ab?tags*')) as string[];
    const token = String(await redis.primary.command('GETRANGE', beside!, '0', '-1')).replace(/\[.*/s, '');
    await redis.primary.command('SET', beside!, token + JSON.stringify(pairs), 'KEEPTTL');
    const before = [await stats('keyspace_misses'), await stats('total_net_input_bytes')] as const;
    expect(await cache.get('ab')).toBeUndefined();
    expect((await stats('keyspace_misses')) - before[0]).toBeLessThan(10);
    expect((await stats('total_net_input_bytes')) - before[1]).toBeLessThan(100_000);
  });

  it('leave no lease behind after clear: what is being made is not kept', async () => {
    let end!: (value: string) => void;
    const making = cache.getOrSet('slow', () => new Promise<string>((resolve) => (end = resolve)), 60, {
      lock: '1m',
      tags: ['x'],
    });
    const kept = () => redis.primary.command('KEYS', 'app:*slow*');
    await until('the lease is there', async () => String(await kept()).includes('lease'));
    await cache.clear();
    expect(await kept()).toEqual([]);
    end('made');
    expect(await making).toBe('made');
    expect(await cache.get('slow')).toBeUndefined();
  });

  it('keep nobody from deleting a key that is no text', async () => {
    await cache.set('ab', 1, 60, { tags: ['x'] });
    await cache.command('SET', Buffer.from('6170703a313a61ff', 'hex'), '1');
    expect(await cache.deletePattern('a*')).toBe(2);
    expect(await redis.primary.command('KEYS', 'app:1:a*')).toEqual([]);
  });

  it('get another generation where others wrote one that is none of ours', async () => {
    await redis.primary.command('SET', 'app:\0tag:x', 'y'.repeat(1_000_000));
    await cache.set('ab', 1, 60, { tags: ['x'] });
    expect(await redis.primary.command('STRLEN', 'app:\0tag:x')).toBe(16);
    expect(await cache.get('ab')).toBe(1);
  });
});
