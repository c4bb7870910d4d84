import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * An argument of a call that can't be used: a timeout of NaN, a delta that is not a whole number. Nothing
 * was sent.
 */
export class InvalidArgumentError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_INVALID_ARGUMENT';
  /** Always `false`: nothing was sent to Redis. */
  readonly executed = false;

  static {
    this.prototype.name = 'InvalidArgumentError';
  }

  constructor(message: string, options: SentinelCacheErrorOptions = {}) {
    super(InvalidArgumentError.code, message, options);
  }
}
