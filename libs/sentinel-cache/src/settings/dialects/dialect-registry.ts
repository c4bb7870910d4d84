import { describeDottedPath } from '../read/describe-value.js';
import type { Dialect } from './dialect.js';
import { djangoCoreDialect } from './django-core.dialect.js';
import { djangoRedisClients } from './django-redis-clients.js';
import { dummyDialect } from './dummy.dialect.js';
import { locmemDialect } from './locmem.dialect.js';
import { reduxDialect } from './redux.dialect.js';
import type { SettingReader } from '../read/setting-reader.js';

/** The dialect of each BACKEND. A new dialect is one file and one line here. */
const BACKENDS: ReadonlyMap<string, Dialect> = new Map([
  ['redis', djangoRedisClients],
  ['django_redis.cache.RedisCache', djangoRedisClients],
  ['django.core.cache.backends.redis.RedisCache', djangoCoreDialect],
  ['django_redis_sentinel.cache.RedisSentinelCache', reduxDialect],
  ['locmem', locmemDialect],
  ['django.core.cache.backends.locmem.LocMemCache', locmemDialect],
  ['dummy', dummyDialect],
  ['django.core.cache.backends.dummy.DummyCache', dummyDialect],
]);

const USE_REDIS = "Write 'django_redis.cache.RedisCache' and a LOCATION of Redis.";
const REFUSED: readonly { readonly names: RegExp; readonly kind: string; readonly remedy: string }[] = [
  { names: /memcache/i, kind: 'Memcached', remedy: USE_REDIS },
  { names: /^django\.core\.cache\.backends\.filebased\.|^filebased$/, kind: 'files', remedy: USE_REDIS },
  { names: /^django\.core\.cache\.backends\.db\.|^db$/, kind: 'a database table', remedy: USE_REDIS },
  {
    names: /^redis_cache\.|^cacheops\.|^redis_lock\./,
    kind: 'another package',
    remedy: `Its settings are spelt differently. ${USE_REDIS}`,
  },
];

/** Reads BACKEND. Returns undefined when it is a problem. */
export function readBackend(cache: SettingReader): Dialect | undefined {
  const value = cache.take('BACKEND');
  const dialect = typeof value === 'string' ? BACKENDS.get(value) : undefined;
  if (dialect) return dialect;
  const expected = "'django_redis.cache.RedisCache' or another BACKEND that is known here";
  if (typeof value === 'function') {
    return cache.reject('BACKEND', {
      expected,
      got: 'a class, which is not built yet',
      remedy: "Write 'redis', 'locmem' or 'dummy'.",
    });
  }
  const refused = typeof value === 'string' ? REFUSED.find(({ names }) => names.test(value)) : undefined;
  if (refused)
    return cache.reject('BACKEND', { expected, got: `${describeDottedPath(value)} (${refused.kind})`, remedy: refused.remedy });
  const remedy = "Write 'redis', 'locmem', 'dummy', or Django's dotted path of one.";
  return cache.rejectWord('BACKEND', BACKENDS.keys(), { expected, remedy });
}
