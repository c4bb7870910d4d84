import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache } from 'nestjs-sentinel-cache';

describe('the order of calls on one key', () => {
  let redis: LocalRedis;
  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis?.stop());

  /** As right after a failover: the server knows no script. */
  async function onServerWithoutScripts<T>(options: object, use: (cache: SentinelCache) => Promise<T>): Promise<T> {
    await redis.primary.command('FLUSHALL');
    await redis.primary.command('SCRIPT', 'FLUSH');
    const OPTIONS = { ...options, deadline: '20s' };
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: redis.url(), OPTIONS } });
    try {
      return await use(caches.get());
    } finally {
      await caches.close();
    }
  }

  it.each([{ coalesce: true }, { coalesce: false }, { tags: true }])(
    'is kept by what stores and deletes: %j',
    async (options) => {
      const read = await onServerWithoutScripts(options, async (cache) => {
        await cache.set('k', 'old');
        const one = [cache.get('k'), cache.set('k', 'new'), cache.get('k'), cache.delete('k'), cache.get('k'), cache.has('k')];
        const many = [cache.setMany({ k: 2, l: 3 }), cache.get('k'), cache.deleteMany(['k', 'l']), cache.get('l')];
        return Promise.all([Promise.all<unknown>(one), Promise.all<unknown>(many)]);
      });
      expect(read).toEqual([
        ['old', true, 'new', true, undefined, false],
        [undefined, 2, 2, undefined],
      ]);
    },
  );

  it.each([{ coalesce: true }, { coalesce: false }])('is kept by counters and what is stored after them: %j', async (options) => {
    const [read, left] = await onServerWithoutScripts(options, async (cache) => {
      await cache.set('n', 1);
      const calls = [cache.get('n'), cache.incr('n'), cache.get('n'), cache.incrVersion('n'), cache.set('n', 100)];
      return [await Promise.all<unknown>(calls), await cache.get('n')];
    });
    expect([read, left]).toEqual([[1, 2, 2, 2, true], 100]);
  });
});
