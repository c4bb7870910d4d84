import { startLocalSentinel, type EventRecording, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

import { until } from '../connection/until.js';
import { NEAR_TIER } from '../support/near-tier.js';

/** A line of the log, and when it came. */
export type LogLine = CacheEvent & { readonly atMs: number };

/** A topology, a cache on it built from the pasted dict, everything its log said, and every Sentinel event. */
export interface SentinelFixture {
  readonly topology: LocalSentinel;
  readonly recording: EventRecording;
  readonly caches: SentinelCaches;
  readonly cache: SentinelCache;
  readonly log: LogLine[];
  stop(): Promise<void>;
}

/**
 * The dict of the Django recipe, with the hosts of this topology, and a deadline that a busy machine keeps: who tests deadlines gives
 * one of its own.
 */
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
          deadline: '5s',
          ...NEAR_TIER,
          ...options,
        },
      },
    },
  };
}

/** Replication keeps the order: when every replica has this, it has all that was acknowledged before. */
export async function replicated({ primary, replicas }: LocalSentinel): Promise<void> {
  const mark = String(performance.now());
  await primary.command('SET', 'mark', mark);
  await until(async () =>
    (await Promise.all(replicas.map((node) => node.command('GET', 'mark')))).every((seen) => seen === mark),
  );
}

/** Starts everything; the connection stands when it returns. */
export async function startSentinelFixture(options: Record<string, unknown> = {}): Promise<SentinelFixture> {
  const topology = await startLocalSentinel({ replicas: 2, sentinels: 3, password: 'admin', downAfterMs: 1000 });
  const recording = await topology.recordEvents();
  const log: LogLine[] = [];
  const caches = createCaches(pastedSettings(topology, options), {
    onEvent: (event) => log.push({ ...event, atMs: performance.now() }),
  });
  const cache = caches.get();
  // Set-up: the pasted dict's deadline of 500 ms is for what is tested.
  await until(() => cache.set('warm', 1).catch(() => false));
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
