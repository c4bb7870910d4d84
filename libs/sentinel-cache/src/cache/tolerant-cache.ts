import type { Backend } from '../backends/port/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';
import { ignoringOutage } from './entry/error-policy.js';
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

  /** `null` during an outage, as Django's None: a made-up number would be taken for a count. */
  protected override count(...call: Parameters<SentinelCache['count']>): Promise<number | bigint> {
    return ignoringOutage(this.alias, call[0], () => super.count(...call), null as unknown as number | bigint);
  }

  /** `null` during an outage, as Django's None. */
  protected override moveBy(...call: Parameters<SentinelCache['moveBy']>): Promise<number> {
    return ignoringOutage(this.alias, call[0], () => super.moveBy(...call), null as unknown as number);
  }
}
