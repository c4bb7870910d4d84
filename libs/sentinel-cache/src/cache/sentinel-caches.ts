import type { Backend } from '../backends/port/backend.js';
import type { RedisClient } from '../connection/contract/redis-client.js';
import type { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import type { SentinelCache } from './sentinel-cache.js';
import type { MonitoredTopology } from '../telemetry/monitored-topology.js';

/** What one alias stands on. */
export interface CacheEntry {
  readonly cache: SentinelCache;
  /** The same entries without IGNORE_EXCEPTIONS. */
  readonly strict: SentinelCache;
  /**
   * The servers that it is on, each a deployment of Redis: several for a ShardClient, none for locmem and
   * dummy.
   */
  readonly servers: readonly CacheServer[];
}

/** One deployment of Redis below a cache. */
export interface CacheServer {
  readonly client: RedisClient;
  readonly backend: Backend;
}

/** What a set of caches is made of. */
export interface SentinelCachesParts {
  readonly entries: ReadonlyMap<string, CacheEntry>;
  readonly createMonitor: (clientsOf: (alias: string) => readonly RedisClient[]) => SentinelMonitor;
  readonly connect: () => void;
  readonly disconnect: () => Promise<void>;
}

/** All caches of one CACHES. */
export class SentinelCaches {
  readonly #parts: SentinelCachesParts;
  /** What happens at the deployments of these caches, as events, and who Redis is, as a snapshot. */
  readonly monitor: SentinelMonitor;

  /** @internal */
  constructor(parts: SentinelCachesParts) {
    this.#parts = parts;
    this.monitor = parts.createMonitor((alias) => this.entry(alias).servers.map(({ client }) => client));
  }

  /**
   * The cache of an alias; the same one every time. ImproperlyConfiguredError when CACHES has no such alias.
   */
  get(alias = 'default'): SentinelCache {
    return this.entry(alias).cache;
  }

  /** The cache of an alias without IGNORE_EXCEPTIONS: for what must know (sessions, locks). */
  strict(alias = 'default'): SentinelCache {
    return this.entry(alias).strict;
  }

  /** The aliases, as they stand in CACHES. */
  aliases(): string[] {
    return [...this.#parts.entries.keys()];
  }

  /**
   * Describes the Redis of an alias as our connections know it: the shape of `monitor.topology()`, where what
   * only an answer tells is null. Asks nobody. Returns undefined for locmem and dummy. Throws
   * ImproperlyConfiguredError when CACHES has no such alias.
   */
  topology(alias = 'default'): MonitoredTopology | undefined {
    return this.monitor.known(alias);
  }

  /**
   * A PING to each server below that alias, in the order of LOCATION; none for locmem and dummy. Each settles
   * as a call does.
   */
  pings(alias = 'default'): readonly Promise<unknown>[] {
    return this.entry(alias).servers.map(({ backend }) => backend.command('PING', []));
  }

  /**
   * Begins to connect, in the background; returns at once and never throws. The first call to a cache does it
   * too.
   */
  start(): void {
    this.#parts.connect();
  }

  /**
   * Ends all connections and timers, and rejects what is pending. Settles within a second, whatever the state
   * of Redis. Never rejects.
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
        expected: `one of the aliases ${this.aliases().join(', ')}`,
        got: `'${alias}'`,
        remedy: `Add '${alias}' to CACHES, or ask for one that is there.`,
      },
    ]);
  }
}
