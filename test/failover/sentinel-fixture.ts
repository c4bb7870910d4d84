import { startLocalSentinel, type EventRecording, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

/** A topology, a cache on it built from the pasted dict, everything its log said, and every Sentinel event. */
export interface SentinelFixture {
  readonly topology: LocalSentinel;
  readonly recording: EventRecording;
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly log: CacheEvent[];
  stop(): Promise<void>;
}

/** The dict of the Django recipe, with the hosts of this topology. */
export function pastedSettings(topology: LocalSentinel, options: Record<string, unknown> = {}) {
  return {
    CACHES: {
      default: {
        BACKEND: 'django_redis.cache.RedisCache',
        LOCATION: topology.location('mymaster', 0),
        OPTIONS: {
          PASSWORD: 'admin',
          CLIENT_CLASS: 'django_sentinel.SentinelClient',
          CONNECTION_POOL_KWARGS: { max_connections: 100 },
          ...options,
        },
      },
    },
  };
}

/** Starts everything; the connection stands when it returns. */
export async function startSentinelFixture(options: Record<string, unknown> = {}): Promise<SentinelFixture> {
  const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 1000 });
  const recording = await topology.recordEvents();
  const log: CacheEvent[] = [];
  const caches = createCaches(pastedSettings(topology, options), { onEvent: (event) => log.push(event) });
  const cache = caches.get();
  await cache.set('warm', 1);
  return {
    topology,
    recording,
    caches,
    cache,
    log,
    stop: async () => {
      await caches.close();
      recording.stop();
      await topology.stop();
    },
  };
}
