import type { CallOptions } from './call-options.js';
import type { EntryToken, LivingLifetime, SetCondition, StoredBytes } from './backend.js';

/**
 * The generations of tags as they were before a value was made. An entry that is stored with them is there as
 * long as they are still the same.
 */
export interface TagStamp {
  /** The generation of each tag. */
  readonly generations: ReadonlyMap<string, string>;
  /** The lifetime that the generations are known to outlive. */
  readonly lifetime: LivingLifetime;
}

/** Tags of a backend's entries. */
export interface EntryTags {
  /**
   * Reads the generations of tags, and makes those that are missing; they outlive `lifetime`. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  stamp(tags: readonly string[], lifetime: LivingLifetime, options?: CallOptions): Promise<TagStamp>;
  /** Ends all entries with one of the tags, in one step for each. Rejects as `stamp`. */
  invalidate(tags: readonly string[], options?: CallOptions): Promise<void>;
}

/** A stored key and the name of its companion, which lies on the same server. */
export interface CompanionPair {
  readonly key: string;
  readonly companion: string;
}

/** An entry to write, and what is to stand beside it; null: nothing. */
export interface CompanionedEntry extends CompanionPair {
  readonly bytes: StoredBytes;
  readonly companionBytes: Buffer | null;
}

/**
 * When `write` stores: as SetCondition says, or if the entry has this token and, where one is given, its
 * companion has that one.
 */
export type CompanionCondition = SetCondition | { readonly token: EntryToken; readonly companionToken?: EntryToken | undefined };

/** A lifetime, or the moment at which it ends, in unix milliseconds. */
export type LifeOrEnd = LivingLifetime | { readonly atMs: number };

/**
 * Writes entries together with their companions: values that stand beside them for the same lifetime and a
 * second more, begin with the token of the bytes that they belong to, and are written and deleted in the same
 * step. A companion that begins with another token belongs to an entry that is gone, and does not count. Knows
 * nothing of what else is in it. Every call goes to the primary, and rejects with CacheUnavailableError or
 * CommandRejectedError.
 */
export interface TagStore {
  /**
   * Returns the bytes under these names, in their order; stores those of `made` where there are none. What
   * has less than `leastMs` left gets `lifetime`.
   */
  generations(
    names: readonly string[],
    made: readonly string[],
    life: { readonly leastMs: number; readonly lifetime: LivingLifetime },
    options?: CallOptions,
  ): Promise<Buffer[]>;
  /**
   * Stores all entries or none (of a cluster or of shards: for each slot or server); a condition only with
   * one entry. Resolves to whether it did. `already-expired` deletes.
   */
  write(
    entries: readonly CompanionedEntry[],
    lifetime: LivingLifetime | 'already-expired',
    condition: CompanionCondition,
    options?: CallOptions,
  ): Promise<boolean>;
  /**
   * Deletes entries and companions. Resolves, in their order, to what stood beside each entry: its companion,
   * `none`, or null where there was no entry.
   */
  remove(pairs: readonly CompanionPair[], options?: CallOptions): Promise<(Buffer | 'none' | null)[]>;
  /** As `Backend.touch` and `Backend.expireAt`, for both. */
  touch(pair: CompanionPair, life: LifeOrEnd, options?: CallOptions): Promise<boolean>;
  /** As `Backend.increment`; the companion goes on to belong to the entry. */
  increment(pair: CompanionPair, delta: bigint, options?: CallOptions): Promise<string | null>;
  /** As `Backend.move`, for both. */
  move(from: CompanionPair, to: CompanionPair, options?: CallOptions): Promise<boolean>;
}

/** How much longer than its entry a companion lives: an entry must never be there without it. */
export const COMPANION_MARGIN_MS = 1000;

/** The number of bytes of a token at the beginning of a companion. */
export const TOKEN_LENGTH = 40;

/** Returns the lifetime of a companion. */
export function companionLife(lifetime: LivingLifetime): LivingLifetime {
  return lifetime === 'forever' ? lifetime : lifetime + COMPANION_MARGIN_MS;
}

/** Whether a companion belongs to an entry of that token. */
export function belongsTo(companion: Buffer, token: EntryToken): boolean {
  return companion.length >= TOKEN_LENGTH && companion.toString('latin1', 0, TOKEN_LENGTH) === token;
}
