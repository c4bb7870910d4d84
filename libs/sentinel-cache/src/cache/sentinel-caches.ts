import type { TopologySnapshot } from '../connection/redis-client.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import type { SentinelCache } from './sentinel-cache.js';

/** What one alias stands on. */
export interface CacheEntry {
  readonly cache: SentinelCache;
  /** The same entries without IGNORE_EXCEPTIONS. */
  readonly strict: SentinelCache;
  readonly topology: () => TopologySnapshot | undefined;
}

/** All caches of one CACHES. */
export class SentinelCaches {
  constructor(
    private readonly entries: ReadonlyMap<string, CacheEntry>,
    private readonly connect: () => void,
    private readonly disconnect: () => Promise<void>,
  ) {}

  /** The cache of an alias; the same one every time. ImproperlyConfiguredError when CACHES has no such alias (C-4). */
  get(alias = 'default'): SentinelCache {
    return this.entry(alias).cache;
  }

  /** The cache of an alias without IGNORE_EXCEPTIONS: for what must know (sessions, locks). */
  strict(alias = 'default'): SentinelCache {
    return this.entry(alias).strict;
  }

  /** The aliases, as they stand in CACHES. */
  aliases(): string[] {
    return [...this.entries.keys()];
  }

  /** Who Redis is for that alias, as far as it is known now; undefined for locmem and dummy. Asks nobody. */
  topology(alias = 'default'): TopologySnapshot | undefined {
    return this.entry(alias).topology();
  }

  /** Begins to connect, in the background; returns at once and never throws. The first call to a cache does it too. */
  start(): void {
    this.connect();
  }

  /** Ends all connections and timers; what is pending is rejected. Within a second, whatever the state of Redis. */
  async close(): Promise<void> {
    await this.disconnect();
  }

  private entry(alias: string): CacheEntry {
    const entry = this.entries.get(alias);
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
