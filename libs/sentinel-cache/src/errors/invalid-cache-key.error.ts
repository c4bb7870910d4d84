import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** A key this cache can't use. */
export class InvalidCacheKeyError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_INVALID_KEY';
  /** Always `false`: nothing was sent to Redis. */
  readonly executed = false;

  static {
    this.prototype.name = 'InvalidCacheKeyError';
  }

  constructor(message: string, options: SentinelCacheErrorOptions = {}) {
    super(InvalidCacheKeyError.code, message, options);
  }
}
