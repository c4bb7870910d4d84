import { knowClass } from '../copies/known-classes.js';
import type { Backend } from '../backends/port/backend.js';
import type { RedisClient } from '../connection/contract/redis-client.js';
import type { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { quoted } from '../errors/printable.js';
import type { CacheBytes } from './cache-bytes.js';
import { SentinelCache } from './sentinel-cache.js';
import type { NearFigures } from '../telemetry/near-figures.js';
import type { MonitoredTopology } from '../telemetry/monitored-topology.js';

/** One alias: its cache, and what is below it. */
export interface CacheEntry {
  readonly cache: SentinelCache;
  /** The same entries without IGNORE_EXCEPTIONS. */
  readonly strict: SentinelCache;
  /** Its entries as bytes. */
  readonly bytes: CacheBytes;
  /** Its deployments of Redis: several for a ShardClient, none for locmem and dummy. */
  readonly servers: readonly CacheServer[];
  /** Ends its timers. */
  readonly close: () => void;
  /** What its near tier has done. Undefined: it has none. */
  readonly near: (() => NearFigures) | undefined;
}

/** One deployment of Redis below a cache. */
export interface CacheServer {
  readonly client: RedisClient;
  readonly backend: Backend;
}

/** The parts of a set of caches. */
export interface SentinelCachesParts {
  readonly entries: ReadonlyMap<string, CacheEntry>;
  readonly createMonitor: (clientsOf: (alias: string) => readonly RedisClient[]) => SentinelMonitor;
  readonly connect: () => void;
  readonly disconnect: () => Promise<void>;
}

/** All caches of one CACHES. */
export class SentinelCaches {
  static {
    knowClass(this, 'SentinelCaches');
    // Every cache comes from here.
    knowClass(SentinelCache, 'SentinelCache');
  }

  readonly #parts: SentinelCachesParts;
  /** Reports what happens at the deployments of these caches, and describes them. */
  readonly monitor: SentinelMonitor;

  /** @internal */
  constructor(parts: SentinelCachesParts) {
    this.#parts = parts;
    this.monitor = parts.createMonitor((alias) => this.entry(alias).servers.map(({ client }) => client));
  }

  /**
   * Returns the cache of an alias, the same object every time. Throws ImproperlyConfiguredError when CACHES
   * has no such alias.
   */
  get(alias = 'default'): SentinelCache {
    return this.entry(alias).cache;
  }

  /**
   * Returns the cache of an alias without IGNORE_EXCEPTIONS, for callers that must see outages, such as
   * sessions. Throws as `get`.
   */
  strict(alias = 'default'): SentinelCache {
    return this.entry(alias).strict;
  }

  /** Returns the entries of an alias as bytes. Throws as `get`. @internal */
  bytes(alias: string): CacheBytes {
    return this.entry(alias).bytes;
  }

  /** Returns the aliases in the order of CACHES. */
  aliases(): string[] {
    return [...this.#parts.entries.keys()];
  }

  /**
   * Describes the Redis of an alias as our connections know it: the shape of `monitor.topology()`, where what
   * only an answer tells is null. Sends nothing. Returns undefined for locmem and dummy. Throws
   * ImproperlyConfiguredError when CACHES has no such alias.
   */
  topology(alias = 'default'): MonitoredTopology | undefined {
    return this.monitor.known(alias);
  }

  /**
   * Tells what the near tier of an alias has done since it was made, and what it holds. Returns undefined
   * without OPTIONS.nearCache. Throws ImproperlyConfiguredError when CACHES has no such alias.
   */
  near(alias = 'default'): NearFigures | undefined {
    return this.entry(alias).near?.();
  }

  /**
   * Sends a PING to each server of an alias, in the order of LOCATION; none for locmem and dummy. Each
   * promise settles as a call does.
   */
  pings(alias = 'default'): readonly Promise<unknown>[] {
    return this.entry(alias).servers.map(({ backend }) => backend.command('PING', []));
  }

  /**
   * Starts to connect in the background. Returns at once, never throws. The first call to a cache does it,
   * too.
   */
  start(): void {
    this.#parts.connect();
  }

  /**
   * Closes all connections and timers, and rejects pending calls. Resolves within a second, whatever the
   * state of Redis. Never rejects.
   */
  async close(): Promise<void> {
    await this.#parts.disconnect();
  }

  private entry(alias: string): CacheEntry {
    const entry = this.#parts.entries.get(alias);
    if (entry) return entry;
    throw new ImproperlyConfiguredError([
      {
        path: `CACHES.${alias}`,
        expected: `one of the aliases ${quoted(this.aliases())}`,
        got: `'${alias}'`,
        remedy: `Add '${alias}' to CACHES, or ask for one that is there.`,
      },
    ]);
  }
}
