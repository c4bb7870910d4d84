import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

const TAGS = { tags: ['t'] };

/** What writes over `k`, which is 'old', and what a later `getOrSet` has to give. */
const WRITES: readonly (readonly [string, (cache: SentinelCache) => Promise<unknown>, string])[] = [
  ['set', (cache) => cache.set('k', 'new'), 'new'],
  ['setMany', (cache) => cache.setMany({ k: 'new' }), 'new'],
  ['delete', (cache) => cache.delete('k'), 'made'],
  ['a command', (cache) => cache.command('SET', cache.makeKey('k'), '"new"'), 'new'],
];

let redis: LocalRedis;
let caches: SentinelCaches;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(() => redis.stop());
afterEach(() => caches.close());

describe.each<[string, object, { readonly tags?: readonly string[]; readonly grace?: number }]>([
  ['a cache', {}, {}],
  ['a cache with tags', { tags: true }, TAGS],
  ['a cache with a near tier', { nearCache: {} }, {}],
  ['a cache whose older values are kept', {}, { grace: 60 }],
])('%s, while another caller looks for the same key', (_name, options, how) => {
  it.each(WRITES)('finds what this process wrote before the call: %s', async (_write, write, expected) => {
    const OPTIONS = { SERIALIZER: 'json', deadline: 10_000, ...options };
    caches = createCaches({ CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(), OPTIONS } } } as never);
    const cache = caches.get();
    const found = (): Promise<string> => cache.getOrSet('k', () => 'made', 60, how);
    await cache.set('k', 'old', 3600, how.tags ? { tags: how.tags } : {});
    const looking = found();
    await write(cache);
    expect(await found()).toBe(expected);
    await looking;
  });
});
