/** Each contender: a function that connects, and gives back how to push a number, and how to end. */

const ours = (options) => async (at) => {
  const { createCaches } = await import('nestjs-sentinel-cache');
  const OPTIONS = { PASSWORD: at.password, CLIENT_CLASS: 'django_sentinel.SentinelClient', ...options };
  const caches = createCaches({
    CACHES: { default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: at.location, OPTIONS } },
  });
  const cache = caches.get();
  await cache.command('PING');
  return { push: (key, number) => cache.command('RPUSH', key, number), close: () => caches.close() };
};

const ioredis = (options) => async (at) => {
  const { Redis } = await import('ioredis');
  const redis = new Redis({ sentinels: at.sentinels, name: at.name, password: at.password, ...options });
  redis.on('error', () => undefined);
  await redis.ping();
  return { push: (key, number) => redis.rpush(key, number), close: async () => redis.disconnect() };
};

const nodeRedis = (options, nodeClientOptions) => async (at) => {
  const { createSentinel } = await import('redis');
  const sentinel = createSentinel({
    name: at.name,
    sentinelRootNodes: at.sentinels,
    nodeClientOptions: { password: at.password, ...nodeClientOptions },
    ...options,
  });
  sentinel.on('error', () => undefined);
  await sentinel.connect();
  return { push: (key, number) => sentinel.rPush(key, String(number)), close: async () => sentinel.destroy() };
};

const TUNED = { failoverDetector: true, commandTimeout: 500, socketTimeout: 1000, maxRetriesPerRequest: 1 };

export const CONTENDERS = {
  'ioredis, default': ioredis({}),
  'ioredis, tuned': ioredis(TUNED),
  'ioredis, every option': ioredis({
    ...TUNED,
    sentinelCommandTimeout: 300,
    connectTimeout: 500,
    disconnectTimeout: 50,
    retryStrategy: () => 50,
    sentinelRetryStrategy: () => 50,
    sentinelReconnectStrategy: () => 1000,
    reconnectOnError: (error) => error.message.startsWith('READONLY') && 1,
  }),
  'node-redis, default': nodeRedis({}, {}),
  'node-redis, tuned': nodeRedis(
    { scanInterval: 1000 },
    { socket: { socketTimeout: 1000, connectTimeout: 500 }, commandOptions: { timeout: 500 } },
  ),
  ours: ours({}),
  'ours, eagerFailover': ours({ eagerFailover: true }),
};
