import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type CachesSetting } from 'nestjs-sentinel-cache';

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(async () => {
  await redis?.stop();
});

const SECRET = 'token of user 7';
const LONG = 'k'.repeat(248);

/** What the log says while keys that memcached would refuse are used in every method. */
async function warningsOf(backend: string): Promise<string[]> {
  const location = backend === 'locmem' || backend === 'dummy' ? '' : redis.url(0);
  const settings = { default: { BACKEND: backend, LOCATION: location, OPTIONS: backend === 'locmem' ? {} : { deadline: '5s' } } };
  const told: string[] = [];
  const caches = createCaches(settings as CachesSetting, {
    onEvent: ({ level, message }) => {
      if (level === 'warn') told.push(message);
    },
  });
  try {
    const cache = caches.get();
    await cache.set('fine', 1, 60);
    await cache.set('k'.repeat(247), 1, 60);
    const before = told.length;
    for (const key of [LONG, SECRET, `${SECRET}${LONG}`, 'line\nbreak', 'del\x7f']) {
      await cache.set(key, 'v', 60);
      expect(await cache.get(key)).toBe(backend === 'dummy' ? undefined : 'v');
      await cache.getMany([key]);
      await cache.delete(key);
    }
    return told.slice(before);
  } finally {
    await caches.close();
  }
}

describe('keys that memcached could not store', () => {
  it.each(['django.core.cache.backends.redis.RedisCache', 'locmem', 'dummy'])(
    'A-3: %s tells of each kind once, by its alias, without the key, and refuses none',
    async (backend) => {
      const told = await warningsOf(backend);
      expect(told).toHaveLength(2);
      expect(told[0]).toContain("'default'");
      expect(told[0]).toContain('longer than 250 characters');
      expect(told[1]).toContain('spaces or control characters');
      for (const line of told) {
        expect(line).not.toContain(SECRET);
        expect(line).not.toContain('kkk');
      }
    },
  );

  it.each(['django_redis.cache.RedisCache', 'redis'])('A-3: %s never looks at keys', async (backend) => {
    expect(await warningsOf(backend)).toEqual([]);
  });
});
