import type { Backend } from '../backends/port/backend.js';
import { clusteredBackend, isClustered } from '../backends/partitioned/clustered.backend.js';
import { DummyBackend } from '../backends/memory/dummy.backend.js';
import { MemoryBackend } from '../backends/memory/memory.backend.js';
import { MemoryStore } from '../backends/memory/memory-store.js';
import { RedisBackend } from '../backends/redis/redis.backend.js';
import { HashRing } from '../backends/partitioned/hash-ring.js';
import { shardedBackend } from '../backends/partitioned/sharded.backend.js';
import { createValueCodec } from '../codec/value-codec.js';
import type { ChangeFeed, ChangeListener } from '../connection/contract/change-feed.js';
import { ClientRegistry } from '../connection/client-registry.js';
import { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import { printable } from '../errors/printable.js';
import { warningOfKeys } from '../keys/key-warnings.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import type {
  CacheConfig,
  CommonCacheConfig,
  LocmemCacheConfig,
  RedisCacheConfig,
  ResolvedSettings,
  ShardedCacheConfig,
} from '../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK, type Clock } from '../time/clock.js';
import { wordsOfLikelyMilliseconds } from '../time/lifetime.js';
import { CacheBytes } from './cache-bytes.js';
import { logIgnoredErrors } from './ignored-log.js';
import { keysBesideTags } from '../keys/tag-names.js';
import { replayingBackend } from './replay/replaying-backend.js';
import { tellOfReplays } from './replay/tell-of-replays.js';
import { TaggedBackend } from './tags/tagged.backend.js';
import { createNear } from './near/create-near.js';
import { observedBackend } from './observed/observed-backend.js';
import { publishReplay } from '../telemetry/channels.js';
import { safeListener } from '../telemetry/safe-listener.js';
import { OutagePolicy } from './entry/outage-policy.js';
import { SentinelCache } from './sentinel-cache.js';
import { SentinelCaches, type CacheEntry, type CacheServer } from './sentinel-caches.js';

/** One line for a log: a warning about the settings, or a change of a connection's state. */
export interface CacheEvent {
  /** Severity: `error` for what a person has to fix. */
  readonly level: 'info' | 'warn' | 'error';
  /** One line, without line breaks and control characters. */
  readonly message: string;
}

/** Options of `createCaches`. */
export interface CreateCachesOptions {
  /**
   * Receives each warning about the settings and each change of a connection's state, for a log. What it
   * throws becomes a process warning.
   */
  readonly onEvent?: (event: CacheEvent) => void;
  /**
   * For tests: the clock by which entries of locmem caches expire. Redis has its own; deadlines and locks go
   * by this machine's clock.
   */
  readonly clock?: Clock;
  /**
   * For tests: faults between each cache and its entries, such as `Faults` of
   * `nestjs-sentinel-cache/testing`.
   */
  readonly faults?: CacheFaults;
}

/** Puts faults between a cache and its entries, for tests. */
export interface CacheFaults {
  /** Returns the backend as the cache is to see it. Called once for each cache, when it is created. */
  before(backend: Backend, alias: string): Backend;
}

/**
 * Creates the caches of Django's settings, without Nest.
 *
 * Opens no connection: the first call does, or `start()`. Throws ImproperlyConfiguredError, which lists all
 * problems of the settings. Call `close()` at the end.
 *
 * @example
 * ```ts
 * const caches = createCaches({
 *   CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://localhost:6379/0' } },
 * });
 * await caches.get('default').set('n', 1);
 * await caches.close();
 * ```
 */
export function createCaches(settings: DjangoSettings, options: CreateCachesOptions = {}): SentinelCaches {
  return buildCaches(resolveSettings(settings), options);
}

/** Creates the caches of settings that are resolved already. */
export function buildCaches(resolved: ResolvedSettings, options: CreateCachesOptions = {}): SentinelCaches {
  const log = safeListener('onEvent', options.onEvent ?? ((): void => undefined));
  const tell = (event: CacheEvent): void => log({ ...event, message: printable(event.message) });
  for (const message of resolved.warnings) tell({ level: 'warn', message });
  const clients = new ClientRegistry(tell, SYSTEM_CLOCK);
  const shared: SharedParts = { clients, stores: new Map(), clock: options.clock ?? SYSTEM_CLOCK, faults: options.faults, tell };
  const entries = new Map<string, CacheEntry>();
  for (const [alias, config] of resolved.caches)
    entries.set(alias, build(withLifetimeWarning(withKeyWarnings(besideTags(config), tell), tell), shared));
  const logged = [...resolved.caches].filter(([, config]) => 'logIgnoredExceptions' in config && config.logIgnoredExceptions);
  const endLog = logIgnoredErrors(new Set(logged.map(([alias]) => alias)), tell, SYSTEM_CLOCK);
  return new SentinelCaches({
    entries,
    createMonitor: (clientsOf) => new SentinelMonitor({ events$: clients.feed.events$, clientsOf, clock: SYSTEM_CLOCK }),
    connect: () => clients.start(),
    disconnect: () => {
      for (const { close } of entries.values()) close();
      return clients.close().finally(endLog);
    },
  });
}

/** Keeps the keys of a cache with tags apart from the names of its tags. */
function besideTags(config: CacheConfig): CacheConfig {
  return config.tags ? { ...config, keyFunction: keysBesideTags(config.keyFunction) } : config;
}

/**
 * Warns of keys that memcached could not store, as Django core's backends do: one line for each cache and
 * kind of key.
 */
function withKeyWarnings(config: CacheConfig, tell: (event: CacheEvent) => void): CacheConfig {
  if (!config.warnsOfKeys) return config;
  const { alias } = config;
  const keyFunction = warningOfKeys(config.keyFunction, (problem) => {
    const message = `Cache '${alias}': memcached could not store a key ${problem}. Further keys of this kind are not reported.`;
    tell({ level: 'warn', message });
  });
  return { ...config, keyFunction };
}

/** Reports the first bare number above thirty days of each cache: it is probably milliseconds. */
function withLifetimeWarning(config: CacheConfig, tell: (event: CacheEvent) => void): CacheConfig {
  let isReported = !config.warnsOfLifetimes;
  const onLikelyMilliseconds = (seconds: number): void => {
    if (isReported) return;
    isReported = true;
    const message = `Cache '${config.alias}': a call gave a timeout of ${wordsOfLikelyMilliseconds(seconds)}. Reported once.`;
    tell({ level: 'warn', message });
  };
  return { ...config, onLikelyMilliseconds };
}

/** What all caches of one CACHES share. */
interface SharedParts {
  readonly clients: ClientRegistry;
  readonly stores: Map<string, MemoryStore>;
  readonly clock: Clock;
  readonly faults: CacheFaults | undefined;
  readonly tell: (event: CacheEvent) => void;
}

function build(config: CacheConfig, shared: SharedParts): CacheEntry {
  const { alias, serializer, compressor, maxPlainBytes } = config;
  const bounds = 'maxValueBytes' in config ? { maxBytes: config.maxValueBytes, maxDecodedBytes: config.maxDecodedBytes } : {};
  const codec = createValueCodec(serializer, { compressor, maxPlainBytes, ...bounds });
  const { common, servers, backend: bare, callDeadlineMs, follow } = partsOf(config, shared);
  const { keyPrefix } = config;
  const tagged = config.tags ? new TaggedBackend(bare, { alias, keyPrefix, callDeadlineMs }) : bare;
  const lives = shared.faults?.before(tagged, alias) ?? tagged;
  const tellOf = tellOfReplays(alias, shared.tell);
  const { backend: far, close: closeReplay } = replayingBackend(observedBackend(lives, alias), tellOf);
  const nearCache = 'nearCache' in config ? config.nearCache : undefined;
  const near = nearCache && follow && createNear(nearCache, { keyPrefix, far, lives, follow });
  const backend = near?.backend ?? far;
  const policy = new OutagePolicy(alias, 'failsFast' in config ? config.failsFast : 'never');
  const strict = new SentinelCache({ config: common, backend, codec, policy, near });
  const ignores = 'ignoreExceptions' in config && config.ignoreExceptions;
  // Of pages nothing is lost by that: all of them are dropped.
  const onEnded: typeof tellOf = (outcome, count) =>
    outcome === 'overflow' ? publishReplay({ alias, outcome, count }) : tellOf(outcome, count);
  const bytes = new CacheBytes({ config: common, backend, near, onEnded });
  const close = (): void => {
    closeReplay();
    bytes.evictions.close();
  };
  return { cache: ignores ? strict.ignoringOutages() : strict, strict, bytes, servers, near: near?.figures, close };
}

/**
 * The parts of one cache. `common` has no connections: a cache does not need them, and a log of it shows no
 * passwords.
 */
interface CacheParts {
  readonly common: CommonCacheConfig;
  readonly servers: readonly CacheServer[];
  readonly backend: Backend;
  /** What one call may take. Undefined: it takes no time. */
  readonly callDeadlineMs?: number;
  /** Starts to follow changes of keys with one of the prefixes. Undefined: nobody tells of them. */
  readonly follow?: (prefixes: readonly string[], listener: ChangeListener) => ChangeFeed;
}

function partsOf(config: CacheConfig, shared: SharedParts): CacheParts {
  if (config.backend === 'redis') return onOneServer(config, shared.clients);
  if (config.backend === 'sharded') return onShards(config, shared.clients);
  const { alias } = config;
  const backend = config.backend === 'locmem' ? new MemoryBackend(storeFor(config, shared), alias) : new DummyBackend(alias);
  return { common: config, servers: [], backend };
}

function onOneServer({ connection, ...common }: RedisCacheConfig, clients: ClientRegistry): CacheParts {
  const client = clients.clientFor(connection, common.alias);
  const { alias } = common;
  const backend = isClustered(client) ? clusteredBackend(client, alias, common) : new RedisBackend(client, alias, common);
  const follow = (...change: [readonly string[], ChangeListener]): ChangeFeed => client.follow(...change);
  return { common, servers: [{ client, backend }], backend, callDeadlineMs: connection.callDeadlineMs, follow };
}

function onShards({ shards, ...common }: ShardedCacheConfig, clients: ClientRegistry): CacheParts {
  const { alias } = common;
  const servers = shards.map(({ connection }) => {
    const client = clients.clientFor(connection, alias);
    return { client, backend: new RedisBackend(client, alias, common) };
  });
  const callDeadlineMs = Math.max(...shards.map(({ connection }) => connection.callDeadlineMs));
  const ring = new HashRing(shards.map(({ name }) => name));
  const backends = servers.map(({ backend }) => backend);
  const follow = (...change: [readonly string[], ChangeListener]): ChangeFeed => {
    const feeds = servers.map(({ client }) => client.follow(...change));
    return { linkOf: (key) => feeds[ring.nodeOfName(key)]!.linkOf(key) };
  };
  return { common, servers, backend: shardedBackend(backends, ring, { alias, callDeadlineMs }), callDeadlineMs, follow };
}

/** Returns the store of a LOCATION, with the bounds of this cache, as in Django. */
function storeFor({ location, maxEntries, cullFrequency }: LocmemCacheConfig, { stores, clock }: SharedParts): MemoryStore {
  const bounds = { maxEntries, cullFrequency };
  const store = stores.get(location)?.sharing(bounds) ?? new MemoryStore({ ...bounds, clock });
  stores.set(location, store);
  return store;
}
