import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** Why a call got no answer. */
export type UnavailableReason =
  | 'deadline'
  | 'no-primary'
  | 'no-sentinel'
  | 'unknown-master'
  | 'auth'
  | 'sentinel-auth'
  | 'tls'
  | 'queue-full'
  | 'breaker-open'
  | 'unreadable-address'
  | 'wrong-database'
  | 'unsupported-server'
  | 'connection-lost'
  | 'protocol'
  | 'aborted'
  | 'closed';

/**
 * Whether a rejected command can have reached Redis: `false` when it was never handed to a socket or the
 * server refused it (it can never show up later), `'unknown'` when it was handed over and no reply came.
 */
export type Executed = false | 'unknown';

/** An outage: nobody answered in time, or nobody could be asked. */
export class CacheUnavailableError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_UNAVAILABLE';
  /** Why there was no reply. */
  readonly reason: UnavailableReason;
  /**
   * Whether the command can have reached Redis: `false` when it never did, `'unknown'` when no reply came.
   */
  readonly executed: Executed;

  static {
    this.prototype.name = 'CacheUnavailableError';
  }

  constructor(reason: UnavailableReason, executed: Executed, message: string, options: SentinelCacheErrorOptions = {}) {
    super(CacheUnavailableError.code, message, options, reason);
    this.reason = reason;
    this.executed = executed;
  }
}
