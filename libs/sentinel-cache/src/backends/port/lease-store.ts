import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';

/** A request for a lease. */
export interface LeaseRequest {
  /** Unique: whose lease it is. */
  readonly token: string;
  /** How long it lives when nobody renews it, in milliseconds. */
  readonly ms: number;
  /** No lease is wanted for an entry that lives longer than this, in milliseconds. Omitted: for any. */
  readonly unlessLivesMs?: number | undefined;
}

/** What `claim` found, in one step. */
export interface LeaseClaim {
  /** The entry, and the milliseconds it has left; null when there is none. */
  readonly entry: {
    /** What is stored. */
    readonly bytes: Buffer;
    /** The milliseconds it has left. */
    readonly life: number | 'forever';
  } | null;
  /**
   * `ours`: the lease is. `needless`: the entry lives long enough. A number: another caller has it, for that
   * many milliseconds unless renewed.
   */
  readonly lease: 'ours' | 'needless' | number;
}

/**
 * How long the key of a lease outlives the lease, in milliseconds. Until then its last holder may still
 * store, unless another one has claimed it: a key that is gone may have been ended by a delete.
 */
export const FENCE_MS = 3_600_000;

/** An entry that is stored by the holder of its lease. */
export interface LeasedEntry {
  /** The token of the entry that it replaces, or of its absence. */
  readonly replaces: string;
  /** What is stored; text stands for its UTF-8. */
  readonly bytes: Buffer | string;
  /** How long it lives, in milliseconds. */
  readonly lifetime: Exclude<Lifetime, 'already-expired'>;
}

/**
 * Leases beside entries: who holds the lease of a key makes its value. A delete of the entry ends the lease,
 * so that what is made of older facts is not stored. A lease that runs out is free for others; until one of
 * them claims it, who had it may renew it and store. Every call goes to the primary.
 */
export interface LeaseStore {
  /**
   * Reads the entry and claims its lease, in one step. Asked again with the same token, the answer is the
   * same. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  claim(key: string, request: LeaseRequest, options?: CallOptions): Promise<LeaseClaim>;
  /**
   * Lets the lease live `ms` from now, also one that has run out and that nobody has claimed since. Resolves
   * to false when it is no longer ours. Rejects as `claim`.
   */
  renew(key: string, token: string, ms: number, options?: CallOptions): Promise<boolean>;
  /**
   * Stores the entry only if the one that it replaces is still there, and no other caller has the lease;
   * gives the lease back and wakes who listens. Where there is nothing to replace, the lease must be ours,
   * run out or not: without it nobody knows whether there was a delete. One step. Resolves to whether it was
   * stored. Rejects as `claim`.
   */
  store(key: string, token: string, entry: LeasedEntry, options?: CallOptions): Promise<boolean>;
  /** Gives the lease back and wakes who listens. Resolves to whether it was ours. Rejects as `claim`. */
  release(key: string, token: string, options?: CallOptions): Promise<boolean>;
  /**
   * Ends the leases of these keys, no matter who has them: what is being made is not stored. For a delete
   * that does not do it itself. Rejects as `claim`.
   */
  end(keys: readonly string[], options?: CallOptions): Promise<void>;
  /**
   * Calls `wake` when the lease of a key was given back, or may have been. Returns a function that ends it.
   * Not every end is heard: ask now and then.
   */
  listen(key: string, wake: () => void): () => void;
}
