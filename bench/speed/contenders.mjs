/**
 * Each contender: a function that connects to `at`, and gives back get, set, mget and close. All of them store JSON, the raw clients by
 * `JSON.stringify` and `JSON.parse` at the call.
 */
const parsed = (text) => (text === null || text === undefined ? undefined : JSON.parse(text));

const ours = (OPTIONS) => async (at) => {
  const { createCaches } = await import('nestjs-sentinel-cache');
  const { LOCATION, ...own } = at.sentinel && OPTIONS.CLIENT_CLASS ? at.sentinel : { LOCATION: at.url };
  const caches = createCaches({
    CACHES: { default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION, OPTIONS: { ...OPTIONS, ...own } } },
  });
  const cache = caches.get();
  await cache.command('PING');
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value, 600),
    mget: (keys) => cache.getMany(keys),
    close: () => caches.close(),
  };
};

async function ioredis(at) {
  const { Redis } = await import('ioredis');
  const redis = new Redis(at.url);
  await redis.ping();
  return {
    get: async (key) => parsed(await redis.get(key)),
    set: (key, value) => redis.set(key, JSON.stringify(value), 'PX', 600_000),
    mget: async (keys) => (await redis.mget(keys)).map(parsed),
    close: () => redis.disconnect(),
  };
}

async function nodeRedis(at) {
  const { createClient } = await import('@redis/client');
  const client = createClient({ url: at.url });
  await client.connect();
  return {
    get: async (key) => parsed(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), { PX: 600_000 }),
    mget: async (keys) => (await client.mGet(keys)).map(parsed),
    close: () => client.destroy(),
  };
}

async function keyv(at) {
  const { createCache } = await import('cache-manager');
  const { createKeyv } = await import('@keyv/redis');
  const cache = createCache({ stores: [createKeyv(at.url)], ttl: 600_000 });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    mget: (keys) => cache.mget(keys),
    close: () => cache.disconnect(),
  };
}

const JSON_SERIALIZER = { SERIALIZER: 'json' };

export const CONTENDERS = {
  ours: ours(JSON_SERIALIZER),
  'ours pickle': ours({}),
  'ours sentinel': ours({ ...JSON_SERIALIZER, CLIENT_CLASS: 'django_sentinel.SentinelClient' }),
  'ours uncoalesced': ours({ ...JSON_SERIALIZER, coalesce: false }),
  ioredis,
  '@redis/client': nodeRedis,
  'cache-manager': keyv,
};
