import type { Backend } from '../backends/port/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';
import type { CacheKey } from './entry/cache-options.js';
import { EntrySpace } from './entry/entry-space.js';

/**
 * What every part of the cache stands on: a backend, and how this cache names, writes and dates its entries.
 * `SentinelCache` is the sum of the parts: `EntryLifetimes`, `EntryCounters`, `KeySearch`, each on top of the one before.
 */
export abstract class CacheBase {
  readonly alias: string;
  /** @internal */
  protected readonly space: EntrySpace;

  /** @internal */
  constructor(
    config: CommonCacheConfig,
    /** @internal */
    protected readonly backend: Backend,
    codec: ValueCodec,
  ) {
    this.alias = config.alias;
    // Behind a policy that ignores outages, bytes that can't be read are a miss as well.
    this.space = new EntrySpace(config, codec, { ignoring: backend.strict !== undefined, clock: backend.clock });
  }

  /** The stored key: `prefix:version:key`, or what KEY_FUNCTION makes of them. */
  makeKey(key: CacheKey, version?: number | string | null): string {
    return this.space.storedKey(key, version);
  }
}
