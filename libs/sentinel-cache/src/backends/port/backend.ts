import type { OperationName } from '../../telemetry/operation-event.js';
import type { Clock } from '../../time/clock.js';
import type { Lifetime } from '../../time/lifetime.js';
import type { CallOptions } from './call-options.js';
import type { LockStore } from './lock-store.js';
import type { StructureStore } from './structure-store.js';

/** Stored bytes on their way in: text is written as UTF-8. */
export type StoredBytes = Buffer | string;

/** What is left of an entry's life: milliseconds, for ever, or `missing`. */
export type RemainingLife = number | 'forever' | 'missing';

/** A lifetime that is still to come; the cache has decided about entries that are already expired. */
export type LivingLifetime = Exclude<Lifetime, 'already-expired'>;

/** `nx`: only if absent; `xx`: only if there. */
export type SetCondition = 'always' | 'nx' | 'xx';

/** How to go through keys. */
export interface ScanOptions extends CallOptions {
  /** Number of keys that a round trip looks at, about; omitted: the backend's own choice. */
  readonly count?: number;
}

/** A write whose bytes are not made yet. */
export interface PlannedWrite {
  readonly operation: OperationName;
  readonly keys: readonly string[];
  /** Whether its bytes are certain to be more than that; omitted: nobody knows. */
  readonly takesMoreThan?: (bytes: number) => boolean;
}

/** Bytes, and what is left of their life. */
export interface LivingEntry {
  readonly bytes: Buffer;
  readonly life: number | 'forever';
}

/** Proves at `compareAndSet` that an entry is still the one that was read; also that there was none. */
export type EntryToken = string;

/**
 * Keeps bytes under stored keys for a lifetime; knows neither versions nor codecs.
 * Every implementation passes `testing/backend-conformance.ts`.
 */
export interface Backend {
  /** Whether a `get` that is not fresh can miss what was just written elsewhere. */
  readonly readsMayLag: boolean;
  /** The time its entries live in; omitted: this machine's. */
  readonly clock?: Clock;
  /** Entries as locks. */
  readonly locks: LockStore;
  /** Sets, hashes and sorted sets; a backend without them refuses. */
  readonly structures: StructureStore;
  /**
   * What a write comes to that would be rejected at once, as things stand in this turn of the event loop; undefined when it would be taken.
   * Asked before its bytes are made, which can be long work. A backend without it takes every write.
   */
  refused?<T>(write: PlannedWrite, options?: CallOptions): Promise<T> | undefined;
  get(key: string, options?: CallOptions): Promise<Buffer | null>;
  /** In the order of the keys. */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | null)[]>;
  /** Bytes and what is left of their life, in one round trip. */
  getWithLife(key: string, options?: CallOptions): Promise<LivingEntry | null>;
  /** In the order of the keys; bytes and life of each were read in one step. */
  getManyWithLife(keys: readonly string[], options?: CallOptions): Promise<(LivingEntry | null)[]>;
  /** Whether it was stored. */
  set(
    key: string,
    bytes: StoredBytes,
    lifetime: LivingLifetime,
    condition: SetCondition,
    options?: CallOptions,
  ): Promise<boolean>;
  /** All or none. */
  setMany(
    entries: readonly (readonly [key: string, bytes: StoredBytes])[],
    lifetime: LivingLifetime,
    options?: CallOptions,
  ): Promise<void>;
  /** How many there were. */
  delete(keys: readonly string[], options?: CallOptions): Promise<number>;
  has(key: string, options?: CallOptions): Promise<boolean>;
  /** Gives an entry a new life; whether there is one (Django's: for `forever`, whether it was mortal before). */
  touch(key: string, lifetime: LivingLifetime, options?: CallOptions): Promise<boolean>;
  /** Ends an entry's life at that moment, whole unix milliseconds; one that is past deletes it. Whether there is an entry. */
  expireAt(key: string, atMs: number, options?: CallOptions): Promise<boolean>;
  /**
   * Adds to a raw integer in one step, keeping its life; the sum as decimal text, or null when there is no entry. Exact at any size up to
   * the 4300 digits that Python reads; other bytes, and more digits, are refused.
   */
  increment(key: string, delta: bigint, options?: CallOptions): Promise<string | null>;
  remaining(key: string, options?: CallOptions): Promise<RemainingLife>;
  /** Gives an entry another key, in place of what stood there, in one step; bytes and life stay. Whether there was one. */
  move(from: string, to: string, options?: CallOptions): Promise<boolean>;
  getWithToken(key: string, options?: CallOptions): Promise<{ readonly bytes: Buffer | null; readonly token: EntryToken }>;
  /** Stores only if the entry is still the one the token was given for. `already-expired` deletes it. */
  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime, options?: CallOptions): Promise<boolean>;
  /**
   * The stored keys that match the Redis glob, batch by batch: each that is there from the beginning to the end at least once, some of
   * the others. Never all of them at once in memory, never the event loop or the server to itself.
   */
  scan(pattern: string, options?: ScanOptions): AsyncIterable<readonly Buffer[]>;
  /** Removes every entry whose stored key matches the Redis glob, batch by batch; how many. */
  deleteMatching(pattern: string, options?: ScanOptions): Promise<number>;
  /** Removes everything, other caches' entries included. */
  deleteAll(options?: CallOptions): Promise<void>;
  /** A command of the backend's own language; backends without one refuse. */
  command(name: string, args: readonly (string | Buffer | number)[], options?: CallOptions): Promise<unknown>;
}
