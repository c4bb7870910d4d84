import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** A key this cache can't use. */
export class InvalidCacheKeyError extends SentinelCacheError {
  readonly executed = false;

  constructor(message: string, options: SentinelCacheErrorOptions = {}) {
    super('SENTINEL_CACHE_INVALID_KEY', message, options);
  }
}
