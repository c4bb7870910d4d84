import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';
import type { TagStamp } from './tag-stamp.js';

/** Tags of a backend's entries. */
export interface EntryTags {
  /**
   * Reads the generations of tags, and makes those that are missing; they outlive `lifetime`. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  stamp(tags: readonly string[], lifetime: Exclude<Lifetime, 'already-expired'>, options?: CallOptions): Promise<TagStamp>;
  /** Ends all entries with one of the tags, in one step for each. Rejects as `stamp`. */
  invalidate(tags: readonly string[], options?: CallOptions): Promise<void>;
}

/** A stored key and the name of its companion, which lies on the same server. */
export interface CompanionPair {
  /** The stored key of the entry. */
  readonly key: string;
  /** The stored name of its companion. */
  readonly companion: string;
}

/** An entry to write, and what is to stand beside it; null: nothing. */
export interface CompanionedEntry extends CompanionPair {
  /** The bytes of the entry. */
  readonly bytes: string | Buffer;
  /** The bytes of the companion; null: there is to be none. */
  readonly companionBytes: Buffer | null;
}

/**
 * When `write` stores: as `SetCondition` says, or if the entry has this token and, where one is given, its
 * companion has that one.
 */
export type CompanionCondition =
  | 'always'
  | 'nx'
  | 'xx'
  | {
      /** Token of the entry. */
      readonly token: string;
      /** Token of its companion. Omitted: any. */
      readonly companionToken?: string | undefined;
    };

/** A lifetime, or the moment at which it ends, in unix milliseconds. */
export type LifeOrEnd =
  | Exclude<Lifetime, 'already-expired'>
  | {
      /** Unix milliseconds. */
      readonly atMs: number;
    };

/**
 * Writes entries together with their companions: values that stand beside them for the same lifetime and a
 * second more, begin with the token of the bytes that they belong to, and are written and deleted in the same
 * step. A companion that begins with another token belongs to an entry that is gone, and does not count.
 * Knows nothing of what else is in it. Every call goes to the primary.
 */
export interface TagStore {
  /**
   * Returns the bytes under these names, in their order; stores those of `made` where there are none. What
   * has less than `leastMs` left gets `lifetime`. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  generations(
    names: readonly string[],
    made: readonly string[],
    life: { readonly leastMs: number; readonly lifetime: Exclude<Lifetime, 'already-expired'> },
    options?: CallOptions,
  ): Promise<Buffer[]>;
  /**
   * Stores all entries or none (of a cluster or of shards: for each slot or server); a condition only with
   * one entry. Resolves to whether it did. `already-expired` deletes. Rejects as `generations`.
   */
  write(
    entries: readonly CompanionedEntry[],
    lifetime: Lifetime,
    condition: CompanionCondition,
    options?: CallOptions,
  ): Promise<boolean>;
  /**
   * Deletes entries and companions. Resolves, in their order, to what stood beside each entry: its companion,
   * `none`, or null where there was no entry. Rejects as `generations`.
   */
  remove(pairs: readonly CompanionPair[], options?: CallOptions): Promise<(Buffer | 'none' | null)[]>;
  /** As `Backend.touch` and `Backend.expireAt`, for both. Rejects as `generations`. */
  touch(pair: CompanionPair, life: LifeOrEnd, options?: CallOptions): Promise<boolean>;
  /**
   * As `Backend.increment`; the companion goes on to belong to the entry. Rejects as `generations`.
   */
  increment(pair: CompanionPair, delta: bigint, options?: CallOptions): Promise<string | null>;
  /** As `Backend.move`, for both. Rejects as `generations`. */
  move(from: CompanionPair, to: CompanionPair, options?: CallOptions): Promise<boolean>;
}

/** How much longer than its entry a companion lives: an entry must never be there without it. */
export const COMPANION_MARGIN_MS = 1000;

/** The number of bytes of a token at the beginning of a companion. */
export const TOKEN_LENGTH = 40;

/** Returns the lifetime of a companion. */
export function companionLife(lifetime: Exclude<Lifetime, 'already-expired'>): Exclude<Lifetime, 'already-expired'> {
  return lifetime === 'forever' ? lifetime : lifetime + COMPANION_MARGIN_MS;
}

/** Whether a companion belongs to an entry of that token. */
export function belongsTo(companion: Buffer, token: string): boolean {
  return companion.length >= TOKEN_LENGTH && companion.toString('latin1', 0, TOKEN_LENGTH) === token;
}
