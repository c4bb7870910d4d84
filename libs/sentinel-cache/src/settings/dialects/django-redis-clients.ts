import { readConnectionFactory, type GlobalSettings } from '../options/global-settings.js';
import type { SettingReader } from '../read/setting-reader.js';
import { warnOfEntries, readRedisOptions } from '../options/redis-options.js';
import { SENTINEL_OPTIONS_ELSEWHERE } from '../options/unsupported-options.js';
import type { Dialect, DialectInput } from './dialect.js';
import { meansCluster } from '../topology/cluster-location.js';
import { clusterDialect } from './cluster.dialect.js';
import { djangoRedisSentinelDialect } from './django-redis-sentinel.dialect.js';
import { djangoRedisDialect } from './django-redis.dialect.js';
import { djangoSentinelDialect } from './django-sentinel.dialect.js';
import { herdDialect } from './herd.dialect.js';
import { shardedDialect } from './sharded.dialect.js';

type Client = 'default' | 'sentinel' | 'django-sentinel' | 'herd' | 'shard';

const CLIENTS: ReadonlyMap<string, Client> = new Map([
  ['default', 'default'],
  ['django_redis.client.DefaultClient', 'default'],
  ['django_redis.client.default.DefaultClient', 'default'],
  ['django_redis.client.SentinelClient', 'sentinel'],
  ['django_redis.client.sentinel.SentinelClient', 'sentinel'],
  ['herd', 'herd'],
  ['django_redis.client.HerdClient', 'herd'],
  ['django_redis.client.herd.HerdClient', 'herd'],
  ['shard', 'shard'],
  ['django_redis.client.ShardClient', 'shard'],
  ['django_redis.client.sharded.ShardClient', 'shard'],
  ['sentinel', 'django-sentinel'],
  ['django_sentinel.SentinelClient', 'django-sentinel'],
  ['django_redis_sentinel.SentinelClient', 'django-sentinel'],
]);
const SENTINEL_POOLS: readonly unknown[] = ['redis.sentinel.SentinelConnectionPool', 'redis.SentinelConnectionPool'];
const FACTORY = "DJANGO_REDIS_CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory' (or OPTIONS.CONNECTION_FACTORY)";

/** django-redis: CLIENT_CLASS and the connection factory decide how LOCATION is read. */
export const djangoRedisClients: Dialect = (input) => {
  const { cache, options, globals } = input;
  warnOfEntries(cache, options);
  const client = readClient(options);
  const bySentinel = usesSentinels(options, globals);
  if (client === undefined) return readRest(input);
  if (meansCluster(cache)) return clusterOf(input, client, bySentinel);
  if (client === 'django-sentinel') return djangoSentinelDialect(input);
  if (client === 'sentinel' && !bySentinel) {
    const problem = {
      expected: 'a sentinel connection factory beside SentinelClient',
      got: 'the plain one',
      remedy: `Add ${FACTORY}.`,
    };
    options.reject('CLIENT_CLASS', problem);
  }
  // SentinelClient without its factory reads on, so that the other problems are told as well.
  if (client === 'shard') return shardsOf(input, bySentinel);
  if (client === 'herd') return herdDialect(bySentinel ? djangoRedisSentinelDialect('default') : djangoRedisDialect)(input);
  return bySentinel || client === 'sentinel' ? djangoRedisSentinelDialect(client)(input) : djangoRedisDialect(input);
};

/**
 * The scheme of LOCATION decides. A sentinel factory of all caches is meant for the others; one of this cache
 * is a contradiction.
 */
function clusterOf(input: DialectInput, client: Client, bySentinel: boolean): ReturnType<Dialect> {
  const { options } = input;
  const config = client === 'herd' ? herdDialect(clusterDialect)(input) : clusterDialect(input);
  const problem = {
    expected: 'nothing of Sentinel or shards beside a Redis Cluster',
    remedy: 'Remove it: LOCATION says enough.',
  };
  if (client !== 'default' && client !== 'herd') return options.reject('CLIENT_CLASS', problem);
  if (bySentinel && options.peek('CONNECTION_FACTORY') !== undefined) return options.reject('CONNECTION_FACTORY', problem);
  return config;
}

/**
 * django-redis' ShardClient knows plain servers only: a URL that names a sentinel service would be looked up
 * as a host.
 */
function shardsOf(input: DialectInput, bySentinel: boolean): ReturnType<Dialect> {
  const config = shardedDialect(input);
  if (!bySentinel) return config;
  return input.options.reject('CLIENT_CLASS', {
    expected: 'plain servers below ShardClient',
    got: 'a sentinel connection factory beside it',
    remedy: 'Remove the factory and name the servers, or write a cache of its own for each sentinel service.',
  });
}

/** Without a known CLIENT_CLASS, LOCATION can't be read; everything else is checked. */
function readRest({ cache, options, globals }: DialectInput): undefined {
  cache.take('LOCATION');
  for (const name of Object.keys(SENTINEL_OPTIONS_ELSEWHERE)) options.take(name);
  readRedisOptions(options, globals);
}

function readClient(options: SettingReader): Client | undefined {
  const value = options.take('CLIENT_CLASS');
  if (value === undefined) return 'default';
  const client = typeof value === 'string' ? CLIENTS.get(value) : undefined;
  if (client) return client;
  return options.rejectWord('CLIENT_CLASS', CLIENTS.keys(), {
    expected:
      "DefaultClient, SentinelClient, HerdClient or ShardClient of 'django_redis.client', or 'django_sentinel.SentinelClient'",
    remedy: 'Write one of these, or leave it out for DefaultClient.',
  });
}

/**
 * Whether LOCATION names a sentinel service: by the factory of this cache or of all caches, or by the pool
 * class.
 */
function usesSentinels(options: SettingReader, globals: GlobalSettings): boolean {
  const factory = readConnectionFactory(options, 'CONNECTION_FACTORY') ?? globals.connectionFactory;
  if (SENTINEL_POOLS.includes(options.take('CONNECTION_POOL_CLASS'))) return true;
  options.warnOf({ CONNECTION_POOL_CLASS: 'it names a Python class' });
  return factory === 'sentinel';
}
