import { startLocalSentinel, type LocalNode, type LocalSentinel } from 'local-sentinel';
import { createCaches, type CacheEvent, type CacheSetting, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

export const MASTER_NAME = 'mymaster';
/** The name of our connections in CLIENT LIST. */
export const CLIENT_NAME = 'fuzzed';
export const DEADLINE_MS = 500;
export const PASSWORD = 'admin';

/** The servers, and the caches under test on them. */
export interface Ground {
  readonly topology: LocalSentinel;
  readonly caches: SentinelCaches;
  /** Tells every failure. */
  readonly strict: SentinelCache;
  /** IGNORE_EXCEPTIONS, on the same connection. */
  readonly tolerant: SentinelCache;
  /** What the log got, oldest first. */
  readonly log: (CacheEvent & { readonly atMs: number })[];
  stop(): Promise<void>;
}

/** As QUICK_AFTER_HANGS of test/support, which says why not shorter; the fuzz is built by itself, and imports nothing beside it. */
const QUICK = { 'info-period': 500, 'publish-period': 400, 'ping-period': 200, 'ask-period': 250, 'tilt-period': 1000 };

/** One primary, two replicas and three quick sentinels, and a strict and a tolerant cache on them. */
export async function startGround(): Promise<Ground> {
  const topology = await startLocalSentinel({
    replicas: 2,
    sentinels: 3,
    proxies: true,
    masterName: MASTER_NAME,
    password: PASSWORD,
    downAfterMs: 500,
    failoverTimeoutMs: 2000,
    sentinelDebug: QUICK,
    redisConfig: { 'busy-reply-threshold': '100' },
  });
  const log: Ground['log'] = [];
  const alias = (prefix: string, options: Record<string, unknown> = {}): CacheSetting => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: topology.location(MASTER_NAME, 0),
    KEY_PREFIX: prefix,
    OPTIONS: {
      PASSWORD,
      CLIENT_CLASS: 'django_sentinel.SentinelClient',
      // Readable past the client under test: see audit.ts.
      SERIALIZER: 'json',
      clientName: CLIENT_NAME,
      deadline: `${DEADLINE_MS}ms`,
      // `NEAR_TIER=1`: what was read is kept.
      ...(process.env['NEAR_TIER'] === '1' ? { nearCache: { maxAge: '1h' } } : {}),
      ...options,
    },
  });
  const caches = createCaches(
    { CACHES: { default: alias('strict'), tolerant: alias('tolerant', { IGNORE_EXCEPTIONS: true }) } },
    { onEvent: (event) => log.push({ ...event, atMs: performance.now() }) },
  );
  const stop = async (): Promise<void> => {
    await caches.close();
    await topology.stop();
  };
  try {
    await caches.get().set('warm', 1, null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { topology, caches, strict: caches.get(), tolerant: caches.get('tolerant'), log, stop };
}

/** Neither ended nor stopped. */
export function isLive(node: LocalNode): boolean {
  return node.isRunning && !node.isHung;
}

/** Live, and nothing is in the way of clients. */
export function isReachable(node: LocalNode): boolean {
  return isLive(node) && node.proxy.clientMode === 'pass';
}
