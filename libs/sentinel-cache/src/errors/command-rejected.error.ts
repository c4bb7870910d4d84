import type { Executed } from './cache-unavailable.error.js';
import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** What a refusal may carry besides its message. */
export interface CommandRejectedErrorOptions extends SentinelCacheErrorOptions {
  /** See `CommandRejectedError.reply`. */
  readonly reply?: string | undefined;
  /** Default: false. */
  readonly executed?: Executed | undefined;
}

/**
 * A refusal. Redis answered with an error reply (`WRONGTYPE`, `OOM`, `NOPERM`, `NOREPLICAS`, ...), or this
 * package refused the command before sending it (`NOTALLOWED`, `READONLY` of a cache that only reads,
 * `CROSSSLOT`).
 */
export class CommandRejectedError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_REJECTED';
  /** The first word of Redis' error reply: `WRONGTYPE`. `ERR` where the reply has no code. */
  readonly redisCode: string;
  /**
   * Redis' error reply: one printable line of at most 500 characters, without the arguments of the command
   * that Redis repeats in some replies. Undefined when this package refused the command and sent nothing.
   */
  readonly reply: string | undefined;
  /**
   * `false`: Redis executed nothing. `'unknown'`: a script of the caller's own failed and may have written
   * before.
   */
  readonly executed: Executed;

  static {
    this.prototype.name = 'CommandRejectedError';
  }

  constructor(redisCode: string, message: string, options: CommandRejectedErrorOptions = {}) {
    super(CommandRejectedError.code, message, options);
    this.redisCode = redisCode;
    this.reply = options.reply;
    this.executed = options.executed ?? false;
  }
}
