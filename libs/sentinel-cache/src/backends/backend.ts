import type { Lifetime } from '../time/lifetime.js';

/** Stored bytes on their way in: text is written as UTF-8. */
export type StoredBytes = Buffer | string;

/** What is left of an entry's life: milliseconds, for ever, or `missing`. */
export type RemainingLife = number | 'forever' | 'missing';

/** A lifetime that is still to come; the cache has decided about entries that are already expired. */
export type LivingLifetime = Exclude<Lifetime, 'already-expired'>;

/** `nx`: only if absent; `xx`: only if there. */
export type SetCondition = 'always' | 'nx' | 'xx';

/** Proves at `compareAndSet` that an entry is still the one that was read; also that there was none. */
export type EntryToken = string;

/**
 * Keeps bytes under stored keys for a lifetime; knows neither versions nor codecs.
 * Every implementation passes `testing/backend-conformance.ts`.
 */
export interface Backend {
  /** Whether a `get` that is not fresh can miss what was just written elsewhere. */
  readonly readsMayLag: boolean;
  /** The backend behind a policy: for those who have to know whether an entry is missing or could not be read. */
  readonly strict?: Backend;
  /** The same entries, for callers who would rather be told at once that the server is away than wait for it. */
  readonly hasty?: Backend;
  /** `fresh`: from the primary, never from a replica. */
  get(key: string, fresh?: boolean): Promise<Buffer | null>;
  /** In the order of the keys. */
  getMany(keys: readonly string[]): Promise<(Buffer | null)[]>;
  /** Bytes and what is left of their life, in one round trip. */
  getWithLife(key: string): Promise<{ readonly bytes: Buffer; readonly life: number | 'forever' } | null>;
  /** Whether it was stored. */
  set(key: string, bytes: StoredBytes, lifetime: LivingLifetime, condition: SetCondition): Promise<boolean>;
  /** All or none. */
  setMany(entries: readonly (readonly [key: string, bytes: StoredBytes])[], lifetime: LivingLifetime): Promise<void>;
  /** How many there were. */
  delete(keys: readonly string[]): Promise<number>;
  has(key: string): Promise<boolean>;
  /** Gives an entry a new life; whether there is one (Django's: for `forever`, whether it was mortal before, A-21). */
  touch(key: string, lifetime: LivingLifetime): Promise<boolean>;
  /** Adds to a raw integer, keeping its life; the sum as decimal text, or null when there is no entry. */
  increment(key: string, delta: bigint): Promise<string | null>;
  remaining(key: string): Promise<RemainingLife>;
  getWithToken(key: string): Promise<{ readonly bytes: Buffer | null; readonly token: EntryToken }>;
  /** Stores only if the entry is still the one the token was given for. `already-expired` deletes it. */
  compareAndSet(key: string, token: EntryToken, bytes: StoredBytes, lifetime: Lifetime): Promise<boolean>;
  /** Removes every entry whose stored key matches the Redis glob, batch by batch; how many. */
  deleteMatching(pattern: string, signal?: AbortSignal): Promise<number>;
  /** Removes everything, other caches' entries included. */
  deleteAll(): Promise<void>;
  /** A command of the backend's own language; backends without one refuse. */
  command(name: string, args: readonly (string | Buffer | number)[]): Promise<unknown>;
}
