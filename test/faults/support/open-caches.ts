import {
  createCaches,
  type CacheEvent,
  type DjangoSettings,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import type { MonitoredTopology } from 'nestjs-sentinel-cache/monitor';
import { NEAR_TIER } from '../../support/near-tier.js';

/** Name of these clients in CLIENT LIST. */
export const CLIENT = 'faulty';

/** Two caches on one connection: one that tells, one with IGNORE_EXCEPTIONS; and what their log said. */
export interface OpenCaches {
  readonly caches: SentinelCaches;
  readonly strict: SentinelCache;
  readonly soft: SentinelCache;
  readonly log: CacheEvent[];
  topology(): MonitoredTopology;
}

/** CACHES with an alias that tells (`default`) and one that reads as empty (`soft`), both on the same connection. */
export function settingsFor(location: unknown, options: Record<string, unknown> = {}): DjangoSettings {
  const sentinel = typeof location === 'string' && !location.includes('://');
  const setting = (more: Record<string, unknown>) => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: location,
    OPTIONS: {
      PASSWORD: 'admin',
      ...(sentinel ? { CLIENT_CLASS: 'django_sentinel.SentinelClient' } : {}),
      clientName: CLIENT,
      ...NEAR_TIER,
      ...options,
      ...more,
    },
  });
  return {
    CACHES: {
      default: { ...setting({}), KEY_PREFIX: 'strict' },
      soft: { ...setting({ IGNORE_EXCEPTIONS: true }), KEY_PREFIX: 'soft' },
    },
  } as DjangoSettings;
}

/** Opens both; the connection stands when it returns. The caller closes. */
export async function openCaches(location: unknown, options: Record<string, unknown> = {}): Promise<OpenCaches> {
  const log: CacheEvent[] = [];
  const caches = createCaches(settingsFor(location, options), { onEvent: (event) => log.push(event) });
  const [strict, soft] = [caches.get(), caches.get('soft')];
  await strict.set('warm', 1);
  return { caches, strict, soft, log, topology: () => caches.topology()! };
}
