import { resolveSettings } from '../../libs/sentinel-cache/src/settings/resolve-settings.js';
import type { ConnectionConfig } from '../../libs/sentinel-cache/src/settings/shapes/resolved-connection.js';

/** The connection that these settings of one redis cache resolve to. */
export function connectionOf(location: unknown, options: Record<string, unknown> = {}): ConnectionConfig {
  const settings = { default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location, OPTIONS: options } };
  const cache = resolveSettings(settings).caches.get('default')!;
  if (cache.backend !== 'redis') throw new Error('a redis cache was expected');
  return cache.connection;
}
