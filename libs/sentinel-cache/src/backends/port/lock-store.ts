import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';

/**
 * Stores locks: entries whose bytes are the holder's token. A token is used once, so an entry with our token
 * is our lock, whichever attempt wrote it. Every call goes to the primary.
 */
export interface LockStore {
  /**
   * Writes the token if there is no entry. Resolves to whether our token is stored; after a lost reply it
   * reads, within the deadline. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  claim(key: string, token: string, lifetime: Exclude<Lifetime, 'already-expired'>, options?: CallOptions): Promise<boolean>;
  /** Resolves to whether the entry is this token. Rejects as `claim`. */
  holds(key: string, token: string, options?: CallOptions): Promise<boolean>;
  /** Resolves to whether there is an entry, with any token. Rejects as `claim`. */
  isTaken(key: string, options?: CallOptions): Promise<boolean>;
  /**
   * Gives the entry another life, or adds to the one it has, in one step. Resolves to false when it is not
   * this token. Rejects as `claim`.
   */
  renew(key: string, token: string, ms: number, how: 'replace' | 'add', options?: CallOptions): Promise<boolean>;
  /**
   * Deletes the entry in one step. Resolves to false when it is not this token; after a lost reply it asks
   * again. Rejects as `claim`.
   */
  drop(key: string, token: string, options?: CallOptions): Promise<boolean>;
}
