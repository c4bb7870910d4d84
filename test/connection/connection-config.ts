import { resolveSettings } from '../../libs/sentinel-cache/src/settings/resolve-settings.js';
import type {
  ConnectionConfig,
  SentinelTopologyConfig,
  TcpAddress,
} from '../../libs/sentinel-cache/src/settings/shapes/resolved-connection.js';

/** The connection that these settings of one redis cache resolve to. */
export function connectionOf(location: unknown, options: Record<string, unknown> = {}): ConnectionConfig {
  const settings = { default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: location, OPTIONS: options } };
  const cache = resolveSettings(settings).caches.get('default')!;
  if (cache.backend !== 'redis') throw new Error('a redis cache was expected');
  return cache.connection;
}

/** The sentinels of a deployment called `mymaster`, with a deadline that a busy machine keeps. */
export function sentinelsAt(sentinels: readonly Pick<TcpAddress, 'host' | 'port'>[]): SentinelTopologyConfig {
  const location = `mymaster/${sentinels.map(({ host, port }) => `${host}:${port}`).join()}/0`;
  const { topology } = connectionOf(location, { CLIENT_CLASS: 'django_sentinel.SentinelClient' });
  if (topology.kind !== 'sentinel') throw new Error('sentinels were expected');
  return { ...topology, sentinelDeadlineMs: 5000 };
}
