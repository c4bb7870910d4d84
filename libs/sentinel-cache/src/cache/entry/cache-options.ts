import type { Timeout } from '../../time/lifetime.js';

/** Which version of a key is meant. */
export interface VersionOptions {
  /** Omitted or null: VERSION of the settings. 0 is used literally. */
  readonly version?: number | string | null;
}

/** Options of `get`. */
export interface GetOptions<D> extends VersionOptions {
  /** Returned instead of `undefined` when there is no entry. */
  readonly default?: D;
}

/** Options of `set`. `nx` and `xx` exclude each other. */
export interface SetOptions extends VersionOptions {
  /** Store only if the key is absent. */
  readonly nx?: boolean;
  /** Store only if the key is there. */
  readonly xx?: boolean;
}

/** Options of `clear`. */
export interface ClearOptions {
  /** Delete everything in the database, entries of other caches and programs included (Django's clear). Default false. */
  readonly database?: boolean;
  /** Stops between two round trips, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of `iterKeys`, `keys` and what deletes by pattern. */
export interface IterKeysOptions extends VersionOptions {
  /** Number of keys that a round trip looks at, about (SCAN's COUNT): 1 to 10 000. Omitted: DJANGO_REDIS_SCAN_ITERSIZE, 500. */
  readonly itersize?: number;
  /** Stops between two round trips, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of `deletePattern`. */
export interface DeletePatternOptions extends IterKeysOptions {
  /** Instead of KEY_PREFIX. */
  readonly prefix?: string;
}

/** What `getWithToken` gives: the value, the token of exactly this entry, and the value once more. */
export interface ValueWithToken<T> {
  /** The value; `null` is a stored None, `undefined` a miss. */
  readonly value: T | null | undefined;
  /** Stands for exactly this entry, or for its absence. For `compareAndSet`. */
  readonly token: string;
  /** Reads the value again, untouched by what was done to the first. */
  copy(): T | null | undefined;
}

/** What `getOrSet` stores: a value, or the function that makes it. */
export type ValueOrFactory<T> = T | (() => T | Promise<T>);

export type { Timeout };
