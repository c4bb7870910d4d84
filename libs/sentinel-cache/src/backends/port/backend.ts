import type { OperationName } from '../../telemetry/operation-event.js';
import type { Clock } from '../../time/clock.js';
import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';
import type { LeaseStore } from './lease-store.js';
import type { LockStore } from './lock-store.js';
import type { StructureStore } from './structure-store.js';
import type { EntryTags, TagStore } from './tag-store.js';

/** Bytes to store: text is written as UTF-8. */
export type StoredBytes = Buffer | string;

/** What is left of an entry's lifetime: milliseconds, `forever`, or `missing` when there is no entry. */
export type RemainingLife = number | 'forever' | 'missing';

/** A lifetime that has not ended; the cache handles `already-expired` itself. */
export type LivingLifetime = Exclude<Lifetime, 'already-expired'>;

/** When `set` stores: `nx` only if there is no entry, `xx` only if there is one. */
export type SetCondition = 'always' | 'nx' | 'xx';

/** How to go through keys. */
export interface ScanOptions extends CallOptions {
  /** Approximate number of keys that a round trip looks at. Omitted: the backend's own choice. */
  readonly count?: number;
  /** What is found is to be deleted: leases are found, too, or ended. Default: only entries are. */
  readonly forDeletion?: boolean;
}

/** A write whose value is not serialised yet. */
export interface PlannedWrite {
  /** Its name. */
  readonly operation: OperationName;
  /** The stored keys. */
  readonly keys: readonly string[];
  /** Tells whether its bytes are certain to be more than a number. Omitted: unknown. */
  readonly takesMoreThan?: (bytes: number) => boolean;
}

/** An entry and what is left of its lifetime. */
export interface LivingEntry {
  /** What is stored. */
  readonly bytes: Buffer;
  /** Milliseconds left. */
  readonly life: number | 'forever';
  /** The tags it was stored with. Omitted: none. */
  readonly tags?: readonly string[];
}

/** Stands for exactly the bytes of an entry, or for its absence; `compareAndSet` compares it. */
export type EntryToken = string;

/**
 * Keeps bytes under stored keys for a lifetime; knows neither versions nor codecs. Every call settles within
 * a deadline of its own. Every implementation passes `testing/backend-conformance.ts`.
 */
export interface Backend {
  /** Whether a `get` that is not `fresh` can miss what another process just wrote. */
  readonly readsMayLag: boolean;
  /** The clock by which its entries expire. Omitted: that of this machine. */
  readonly clock?: Clock;
  /** Entries as locks. */
  readonly locks: LockStore;
  /** Who makes a missing entry. */
  readonly leases: LeaseStore;
  /** Sets, hashes and sorted sets; a backend without them refuses. */
  readonly structures: StructureStore;
  /** Entries with companions, on which tags stand. */
  readonly companions: TagStore;
  /** The tags of its entries. Undefined: it heeds none. */
  readonly tags?: EntryTags;
  /**
   * Returns a promise that rejects with CacheUnavailableError or CommandRejectedError when a write would be
   * rejected at once, in this turn of the event loop; `undefined` when it would be accepted. Called before
   * the value is serialised, which can be long work. A backend without it accepts every write.
   */
  refused?<T>(write: PlannedWrite, options?: CallOptions): Promise<T> | undefined;
  /** Reads an entry; null when there is none. Rejects with CacheUnavailableError or CommandRejectedError. */
  get(key: string, options?: CallOptions): Promise<Buffer | null>;
  /** Reads several entries, in the order of the keys. Rejects as `get`. */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]>;
  /** Reads an entry and what is left of its life, in one round trip. Rejects as `get`. */
  getWithLife(key: string, options?: CallOptions): Promise<LivingEntry | null>;
  /** Reads several entries, each with its life in one step, in the order of the keys. Rejects as `get`. */
  getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]>;
  /** Stores an entry. Resolves to whether it was stored. Rejects as `get`. */
  set(
    key: string,
    bytes: StoredBytes,
    lifetime: LivingLifetime,
    condition: SetCondition,
    options?: CallOptions,
  ): Promise<boolean>;
  /** Stores all entries or none. Rejects as `get`. */
  setMany(
    entries: readonly (readonly [key: string, bytes: StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void>;
  /** Deletes entries. Resolves to the number of those that were there. Rejects as `get`. */
  delete(keys: readonly string[], options?: CallOptions): Promise<number>;
  /** Checks whether there is an entry. Rejects as `get`. */
  has(key: string, options?: CallOptions): Promise<boolean>;
  /**
   * Gives an entry a new life. Resolves to whether there is one; for `forever`, to whether it had an end
   * before. Rejects as `get`.
   */
  touch(key: string, lifetime: LivingLifetime, options?: CallOptions): Promise<boolean>;
  /**
   * Ends an entry's life at a moment, in whole unix milliseconds; a past one deletes it. Resolves to whether
   * there is one. Rejects as `get`.
   */
  expireAt(key: string, atMs: number, options?: CallOptions): Promise<boolean>;
  /**
   * Adds to a raw integer in one step, keeping its life. Resolves to the sum as decimal text, or null when
   * there is no entry. Exact up to the 4300 digits that Python reads; rejects with CommandRejectedError for
   * other bytes and for more digits, else as `get`.
   */
  increment(key: string, delta: bigint, options?: CallOptions): Promise<string | null>;
  /** Resolves to what is left of an entry's life. Rejects as `get`. */
  remaining(key: string, options?: CallOptions): Promise<RemainingLife>;
  /**
   * Gives an entry another key in one step, in place of what is there; bytes and life stay. Resolves to
   * whether there was one. Rejects as `get`.
   */
  move(from: string, to: string, options?: CallOptions): Promise<boolean>;
  /** Reads an entry and its token, from the primary. Rejects as `get`. */
  getWithToken(key: string, options?: CallOptions): Promise<{ readonly bytes: Buffer | null; readonly token: EntryToken }>;
  /**
   * Stores only if the entry is still the one of the token; `already-expired` deletes it. Resolves to whether
   * it was. Rejects as `get`.
   */
  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime, options?: CallOptions): Promise<boolean>;
  /**
   * Goes through the stored keys that match the Redis glob, batch by batch: each that is there all the time
   * comes at least once, some of the others too. Never holds all of them in memory, never blocks the event
   * loop or the server. Rejects as `get`.
   */
  scan(pattern: string, options?: ScanOptions): AsyncIterable<readonly Buffer[]>;
  /**
   * Deletes every entry whose stored key matches the Redis glob, batch by batch. Resolves to their number.
   * Rejects as `get`.
   */
  deleteMatching(pattern: string, options?: ScanOptions): Promise<number>;
  /** Deletes everything, entries of other caches included. Rejects as `get`. */
  deleteAll(options?: CallOptions): Promise<void>;
  /**
   * Sends a command of the backend's own language; a backend without one rejects with CommandRejectedError
   * (`NOTSUPPORTED`).
   */
  command(name: string, args: readonly (string | Buffer | number)[], options?: CallOptions): Promise<unknown>;
}
