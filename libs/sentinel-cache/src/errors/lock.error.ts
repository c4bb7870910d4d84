import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * What is wrong with a lock:
 *
 * - `not-acquired`: another holder kept it for as long as the caller would wait.
 * - `not-held`: this object does not hold it (redis-py's LockError).
 * - `lost`: this object held it, and it expired or was deleted (redis-py's LockNotOwnedError).
 * - `no-timeout`: a lock without a timeout can't be extended.
 */
export type LockErrorReason = 'not-acquired' | 'not-held' | 'lost' | 'no-timeout';

/** A lock that is not, or no longer, the caller's. Nothing was changed in Redis. */
export class LockError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_LOCK';
  /** What is wrong with the lock. */
  readonly reason: LockErrorReason;
  /** The stored key of the lock. */
  readonly key: string;
  /** Always `false`: nothing was changed in Redis. */
  readonly executed = false;

  static {
    this.prototype.name = 'LockError';
  }

  constructor(reason: LockErrorReason, message: string, options: SentinelCacheErrorOptions & { readonly key: string }) {
    super(LockError.code, message, options, reason);
    this.reason = reason;
    this.key = options.key;
  }
}
