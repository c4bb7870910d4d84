import type { Backend } from '../backends/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import type { CommonCacheConfig } from '../settings/resolved-settings.js';
import type { CacheKey, VersionOptions } from './cache-options.js';
import { orNeutral } from './error-policy.js';
import { SentinelCache } from './sentinel-cache.js';
import { TolerantBackend } from './tolerant-backend.js';

/** A cache with IGNORE_EXCEPTIONS; it does not wait out an outage. Sessions and locks never get this one. */
export class TolerantCache extends SentinelCache {
  /** The same entries with IGNORE_EXCEPTIONS. */
  static over(cache: SentinelCache): TolerantCache {
    return cache.withPolicy((config, backend, codec) => new TolerantCache(config, backend, codec));
  }

  constructor(config: CommonCacheConfig, backend: Backend, codec: ValueCodec) {
    super(config, new TolerantBackend(backend.hasty ?? backend, config.alias), codec);
  }

  /** As `SentinelCache.incr`; `null` during an outage, as Django's None: a made-up number would be taken for a count. */
  override async incr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    const none = null as unknown as number;
    return orNeutral<number | bigint>(this.alias, 'incr', () => super.incr(key, delta, options), none);
  }

  /** As `SentinelCache.incrVersion`; `null` during an outage, as Django's None. */
  override async incrVersion(key: CacheKey, delta = 1, options: VersionOptions = {}): Promise<number> {
    const none = null as unknown as number;
    return orNeutral<number>(this.alias, 'incrVersion', () => super.incrVersion(key, delta, options), none);
  }
}
