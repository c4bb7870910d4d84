/**
 * Each contender: a function that connects to `at`, and gives back get, set, mget and close; `getOrSet` where the library has one. All of
 * them store JSON but ours with pickle; the raw clients by `JSON.stringify` and `JSON.parse` at the call. A client that stores a key as
 * it is given says so with `raw`. bentocache has no call for many keys.
 */
/** Longer than any run: a miss is cheaper than a hit. */
const LIFETIME_MS = 3_600_000;

const parsed = (text) => (text === null || text === undefined ? undefined : JSON.parse(text));
const unheard = () => undefined;

const ours =
  (options, place = (at) => ({ LOCATION: at.url })) =>
  async (at) => {
    const { createCaches } = await import('nestjs-sentinel-cache');
    const { LOCATION, OPTIONS } = place(at);
    const BACKEND = 'django_redis.cache.RedisCache';
    const caches = createCaches({
      CACHES: { default: { BACKEND, LOCATION, OPTIONS: { ...OPTIONS, ...options, ...at.options } } },
    });
    const cache = caches.get();
    await cache.command('PING');
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value, LIFETIME_MS / 1000),
      mget: (keys) => cache.getMany(keys),
      setMany: (entries) => cache.setMany(entries, LIFETIME_MS / 1000),
      getOrSet: (key, make) => cache.getOrSet(key, make, LIFETIME_MS / 1000),
      clear: () => cache.clear(),
      close: () => caches.close(),
    };
  };

/** The dict of README.md, on the servers of this run. */
const readme = ({ sentinel }) => ({
  LOCATION: sentinel.location,
  OPTIONS: {
    PASSWORD: sentinel.password,
    CLIENT_CLASS: 'django_sentinel.SentinelClient',
    CONNECTION_POOL_KWARGS: { max_connections: 100 },
  },
});

const ioredis = (place) => async (at) => {
  const { Redis } = await import('ioredis');
  const redis = new Redis(place(at));
  redis.on('error', unheard);
  await redis.ping();
  return {
    raw: true,
    get: async (key) => parsed(await redis.get(key)),
    set: (key, value) => redis.set(key, JSON.stringify(value), 'PX', LIFETIME_MS),
    mget: async (keys) => (await redis.mget(keys)).map(parsed),
    close: () => redis.disconnect(),
  };
};

const nodeRedis = (create) => async (at) => {
  const client = create(await import('@redis/client'), at);
  client.on('error', unheard);
  await client.connect();
  return {
    raw: true,
    get: async (key) => parsed(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), { PX: LIFETIME_MS }),
    mget: async (keys) => (await client.mGet(keys)).map(parsed),
    close: () => client.destroy(),
  };
};

/** Sentinels as node-redis and ioredis want them, with reads from replicas where the client has them. */
const nodesOf = ({ sentinel }) => ({
  name: sentinel.name,
  sentinelRootNodes: sentinel.nodes,
  nodeClientOptions: { password: sentinel.password },
  replicaPoolSize: 1,
});

async function glide({ host, port }) {
  const { GlideClient, Logger, TimeUnit } = await import('@valkey/valkey-glide');
  Logger.setLoggerConfig('off');
  const client = await GlideClient.createClient({ addresses: [{ host, port }], requestTimeout: 10_000 });
  const expiry = { type: TimeUnit.Milliseconds, count: LIFETIME_MS };
  return {
    raw: true,
    get: async (key) => parsed(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), { expiry }),
    mget: async (keys) => (await client.mget(keys)).map(parsed),
    close: () => client.close(),
  };
}

const cacheManager = (place) => async (at) => {
  const { createCache } = await import('cache-manager');
  const cache = createCache({ stores: [place(await import('@keyv/redis'), at)], ttl: LIFETIME_MS });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    mget: (keys) => cache.mget(keys),
    getOrSet: (key, make) => cache.wrap(key, make),
    close: () => cache.disconnect(),
  };
};

/** Without its tier in memory: each call asks Redis, as with everybody here. */
async function bentocache({ host, port }) {
  const { BentoCache, bentostore } = await import('bentocache');
  const { redisDriver } = await import('bentocache/drivers/redis');
  const stores = { redis: bentostore().useL2Layer(redisDriver({ connection: { host, port } })) };
  const bento = new BentoCache({ default: 'redis', ttl: LIFETIME_MS, stores });
  return {
    get: (key) => bento.get({ key }),
    set: (key, value) => bento.set({ key, value }),
    getOrSet: (key, factory) => bento.getOrSet({ key, factory }),
    close: () => bento.disconnectAll(),
  };
}

/** Redis as its only tier: each call asks Redis, as with everybody here. */
async function cacheable({ url }) {
  const { Cacheable } = await import('cacheable');
  const { createKeyv } = await import('@keyv/redis');
  const cache = new Cacheable({ primary: createKeyv(url), ttl: LIFETIME_MS });
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    mget: (keys) => cache.getMany(keys),
    getOrSet: (key, make) => cache.getOrSet(key, make),
    close: () => cache.disconnect(),
  };
}

const JSON_SERIALIZER = { SERIALIZER: 'django_redis.serializers.json.JSONSerializer' };

/** On one Redis. */
export const STANDALONE = {
  ours: ours(JSON_SERIALIZER),
  'ours pickle': ours({}),
  ioredis: ioredis(({ url }) => url),
  '@redis/client': nodeRedis(({ createClient }, { url }) => createClient({ url })),
  // Without the timer that it sets for each command by default, as before version 6.
  '@redis untimed': nodeRedis(({ createClient }, { url }) => createClient({ url, commandOptions: { timeout: undefined } })),
  'valkey-glide': glide,
  'cache-manager': cacheManager(({ createKeyv }, { url }) => createKeyv(url)),
  bentocache,
  cacheable,
};

/** On a primary with two replicas and three sentinels. */
export const SENTINEL = {
  ours: ours(JSON_SERIALIZER, readme),
  'ours pickle': ours({}, readme),
  'ours one Redis': ours(JSON_SERIALIZER),
  ioredis: ioredis(({ sentinel }) => ({ sentinels: sentinel.nodes, name: sentinel.name, password: sentinel.password })),
  '@redis/client': nodeRedis(({ createSentinel }, at) => createSentinel(nodesOf(at))),
  'cache-manager': cacheManager(({ default: KeyvRedis, Keyv, createSentinel }, at) => {
    const store = new KeyvRedis(createSentinel(nodesOf(at)));
    return new Keyv({ store, useKeyPrefix: false });
  }),
};
