import type { LocalRedis } from 'local-sentinel';
import {
  createCaches,
  type CacheEvent,
  type DjangoSettings,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';

/** Caches and all that was said about their circuit breaker. */
export interface WatchedCaches {
  readonly caches: SentinelCaches;
  readonly strict: SentinelCache;
  readonly soft: SentinelCache;
  breaker(): string | undefined;
  /** The breaker's events, in order. */
  kinds(): string[];
  /** When the first event of that kind came, by performance.now(). */
  changedAt(kind: string): number | undefined;
  /** The lines of the log after those of the boot (one about the settings, one about the first connection). */
  lines(): string[];
  /** Ids of our connections at that node. */
  connectionIds(redis: LocalRedis): Promise<string[]>;
}

/** Opens nothing yet: the first call does. `default` tells, `soft` has IGNORE_EXCEPTIONS. */
export function watchedCaches(settings: DjangoSettings): WatchedCaches {
  const log: CacheEvent[] = [];
  const events: { type: string; atMs: number }[] = [];
  const caches = createCaches(settings, { onEvent: (event) => log.push(event) });
  caches.monitor.events$.subscribe(({ type }) => {
    if (type.startsWith('breaker-')) events.push({ type, atMs: performance.now() });
  });
  return {
    caches,
    strict: caches.get(),
    soft: caches.get('soft'),
    breaker: () => caches.topology()?.state.breaker ?? undefined,
    kinds: () => events.map(({ type }) => type),
    changedAt: (kind) => events.find(({ type }) => type === kind)?.atMs,
    lines: () => log.map(({ message }) => message).slice(2),
    connectionIds: async (redis) => {
      const clients = String(await redis.command('CLIENT', 'LIST')).split('\n');
      return clients.filter((line) => line.includes('name=broken ')).map((line) => /id=(\d+)/.exec(line)![1]!);
    },
  };
}
