import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache } from 'nestjs-sentinel-cache';

describe.each([true, false])('the order of calls on one key, coalesce: %s', (coalesce) => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis?.stop());

  /** As right after a failover: the server knows no script. */
  async function onServerWithoutScripts<T>(use: (cache: SentinelCache) => Promise<T>): Promise<T> {
    await redis.primary.command('FLUSHALL');
    await redis.primary.command('SCRIPT', 'FLUSH');
    const OPTIONS = { coalesce, deadline: '20s' };
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: redis.url(), OPTIONS } });
    try {
      return await use(caches.get());
    } finally {
      await caches.close();
    }
  }

  it('is kept by writes that are scripts, also the first time on a connection', async () => {
    const read = await onServerWithoutScripts((cache) =>
      Promise.all([cache.get('a'), cache.setMany({ a: 1, b: 2 }), cache.get('a'), cache.incr('b'), cache.get('b'), cache.set('b', 9)]),
    );
    expect(read).toEqual([undefined, undefined, 1, 3, 3, true]);
  });

  it('is kept between a script and a later write: the later one stands', async () => {
    const left = await onServerWithoutScripts(async (cache) => {
      await cache.set('n', 1);
      await Promise.all([cache.incr('n'), cache.set('n', 100), cache.setMany({ a: 1, b: 1 }), cache.delete('a')]);
      return cache.getMany(['n', 'a', 'b']);
    });
    expect(Object.fromEntries(left)).toEqual({ n: 100, b: 1 });
  });
});
