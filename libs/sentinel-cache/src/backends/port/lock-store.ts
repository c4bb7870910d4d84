import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';

/**
 * Locks: entries that hold the token of whoever has them, as it is. A token is never used twice, so that an entry with it is
 * ours, whoever wrote it when. Always asked of the primary.
 */
export interface LockStore {
  /** Writes the token if there is no entry; whether it stands there now. A lost reply is settled by reading, within the deadline. */
  claim(key: string, token: string, lifetime: Exclude<Lifetime, 'already-expired'>, options?: CallOptions): Promise<boolean>;
  /** Whether the entry is this token. */
  holds(key: string, token: string, options?: CallOptions): Promise<boolean>;
  /** Whether there is an entry, whosever it is. */
  isTaken(key: string, options?: CallOptions): Promise<boolean>;
  /** Gives the entry another life, or adds to the one it has, in one step; false when it is not this token. */
  renew(key: string, token: string, ms: number, how: 'replace' | 'add', options?: CallOptions): Promise<boolean>;
  /** Deletes the entry in one step; false when it is not this token. A lost reply is settled by asking again, within the deadline. */
  drop(key: string, token: string, options?: CallOptions): Promise<boolean>;
}
