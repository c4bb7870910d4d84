import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache/core';

let redis: LocalRedis;
let caches: SentinelCaches;
let cache: SentinelCache;
beforeAll(async () => {
  redis = await startLocalRedis();
  caches = createCaches({
    default: { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'app', OPTIONS: { tags: true, deadline: '5s' } },
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
});
