import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';

/**
 * Locks: entries that hold the token of whoever has them, as it is. A token is never used twice, so that an entry with it is
 * ours, whoever wrote it when. Always asked of the primary.
 */
export interface LockStore {
  /**
   * Writes the token if there is no entry. Resolves to whether it is there now; a lost reply is settled by reading, within the deadline.
   * Rejects with CacheUnavailableError or CommandRejectedError.
   */
  claim(key: string, token: string, lifetime: Exclude<Lifetime, 'already-expired'>, options?: CallOptions): Promise<boolean>;
  /** Resolves to whether the entry is this token. Rejects as `claim`. */
  holds(key: string, token: string, options?: CallOptions): Promise<boolean>;
  /** Resolves to whether there is an entry, whoever wrote it. Rejects as `claim`. */
  isTaken(key: string, options?: CallOptions): Promise<boolean>;
  /** Gives the entry another life, or adds to the one it has, in one step. Resolves to false when it is not this token. Rejects as `claim`. */
  renew(key: string, token: string, ms: number, how: 'replace' | 'add', options?: CallOptions): Promise<boolean>;
  /** Deletes the entry in one step. Resolves to false when it is not this token; a lost reply is settled by asking again. Rejects as `claim`. */
  drop(key: string, token: string, options?: CallOptions): Promise<boolean>;
}
