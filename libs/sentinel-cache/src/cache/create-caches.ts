import type { Backend } from '../backends/backend.js';
import { DummyBackend } from '../backends/dummy.backend.js';
import { MemoryBackend } from '../backends/memory.backend.js';
import { MemoryStore } from '../backends/memory-store.js';
import { RedisBackend } from '../backends/redis.backend.js';
import { createValueCodec } from '../codec/value-codec.js';
import { ClientRegistry } from '../connection/client-registry.js';
import type { LogLine } from '../connection/log-limiter.js';
import { SentinelMonitor } from '../connection/sentinel-monitor.js';
import type { DjangoSettings } from '../settings/django-settings.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import type { CacheConfig, LocmemCacheConfig, ResolvedSettings } from '../settings/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import { ObservedBackend } from './observed-backend.js';
import { SentinelCache } from './sentinel-cache.js';
import { SentinelCaches, type CacheEntry } from './sentinel-caches.js';
import { TolerantCache } from './tolerant-cache.js';

/** One line per change of state; `level` says how loud. */
export type CacheEvent = LogLine;

/** What a program without Nest may add. */
export interface CreateCachesOptions {
  /** Gets every warning about the settings and every change of a connection's state, for a log. Must not throw. */
  readonly onEvent?: (event: CacheEvent) => void;
}

/**
 * The caches of Django's settings, without Nest.
 *
 * Connects to nothing yet: the first call does, or `start()`. Throws ImproperlyConfiguredError with every problem of the settings.
 * Call `close()` at the end.
 *
 * @example
 * ```ts
 * const caches = createCaches({ CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://localhost:6379/0' } } });
 * await caches.get('default').set('n', 1);
 * await caches.close();
 * ```
 */
export function createCaches(settings: DjangoSettings, options: CreateCachesOptions = {}): SentinelCaches {
  return buildCaches(resolveSettings(settings), options);
}

/** The caches of settings that were resolved already. */
export function buildCaches(resolved: ResolvedSettings, options: CreateCachesOptions = {}): SentinelCaches {
  const tell = harmless(options.onEvent ?? ((): void => undefined));
  for (const message of resolved.warnings) tell({ level: 'warn', message });
  const clients = new ClientRegistry(tell, SYSTEM_CLOCK);
  const stores = new Map<string, MemoryStore>();
  const entries = new Map<string, CacheEntry>();
  for (const [alias, config] of resolved.caches) entries.set(alias, build(config, clients, stores));
  return new SentinelCaches({
    entries,
    createMonitor: (clientOf) => new SentinelMonitor({ events$: clients.feed.events$, clientOf, clock: SYSTEM_CLOCK }),
    connect: () => clients.start(),
    disconnect: () => clients.close(),
  });
}

/** A log that throws must not take a connection with it. */
function harmless(onEvent: (event: CacheEvent) => void): (event: CacheEvent) => void {
  return (event) => {
    try {
      onEvent(event);
    } catch (error) {
      process.emitWarning(`onEvent threw: ${String((error as Error)?.message)}`, 'SentinelCacheWarning');
    }
  };
}

function build(config: CacheConfig, clients: ClientRegistry, stores: Map<string, MemoryStore>): CacheEntry {
  const codec = createValueCodec(config.serializer, config.backend === 'redis' ? config.maxValueBytes : Infinity);
  const { alias } = config;
  if (config.backend !== 'redis') {
    const backend: Backend =
      config.backend === 'locmem' ? new MemoryBackend(storeFor(config, stores), alias) : new DummyBackend(alias);
    const cache = new SentinelCache(config, new ObservedBackend(backend, alias), codec);
    return { cache, strict: cache, client: undefined };
  }
  // A cache has no use for the connection's settings, and whoever logs a cache none for its password.
  const { connection, ...common } = config;
  const client = clients.clientFor(connection, alias);
  const backend = new ObservedBackend(new RedisBackend(client, alias, common), alias);
  const strict = new SentinelCache(common, backend, codec);
  const cache = config.ignoreExceptions ? new TolerantCache(common, backend, codec) : strict;
  return { cache, strict, client };
}

/** Caches of one LOCATION share their entries; the first one's bounds count, as in Django. */
function storeFor(config: LocmemCacheConfig, stores: Map<string, MemoryStore>): MemoryStore {
  let store = stores.get(config.location);
  if (!store) {
    store = new MemoryStore({ maxEntries: config.maxEntries, cullFrequency: config.cullFrequency, clock: SYSTEM_CLOCK });
    stores.set(config.location, store);
  }
  return store;
}
