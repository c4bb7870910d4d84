import type { Executed } from './cache-unavailable.error.js';
import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** A refusal: Redis answered, and said no (`WRONGTYPE`, `OOM`, `NOPERM`, `NOREPLICAS`, ...). */
export class CommandRejectedError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_REJECTED';
  /** The first word of Redis' reply. */
  readonly redisCode: string;
  /** `false`, except for a script of the caller's own that failed half-way: `'unknown'`. */
  readonly executed: Executed;

  static {
    this.prototype.name = 'CommandRejectedError';
  }

  constructor(redisCode: string, message: string, options: SentinelCacheErrorOptions & { executed?: Executed } = {}) {
    super(CommandRejectedError.code, message, options);
    this.redisCode = redisCode;
    this.executed = options.executed ?? false;
  }
}
