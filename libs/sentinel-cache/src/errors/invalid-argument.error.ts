import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** An argument of a call that can't be used: a timeout that is none, a delta that is no whole number. Nothing was sent. */
export class InvalidArgumentError extends SentinelCacheError {
  readonly executed = false;

  constructor(message: string, options: SentinelCacheErrorOptions = {}) {
    super('SENTINEL_CACHE_INVALID_ARGUMENT', message, options);
  }
}
