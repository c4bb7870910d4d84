import type { TagStamp } from '../../backends/port/tag-stamp.js';

/** Options of most calls. */
export interface VersionOptions {
  /** Version of the key. Omitted or null: VERSION of the settings. 0 is used literally. */
  readonly version?: number | string | null;
}

/** Options of `get`. */
export interface GetOptions<D> extends VersionOptions {
  /** Returned when there is no entry. Default: `undefined`. */
  readonly default?: D;
}

/** Options of calls that store. */
export interface StoreOptions extends VersionOptions {
  /**
   * What the value depends on: `invalidateTags` of one of them ends the entry. At most 64 texts of 1 to 250
   * bytes. Only where OPTIONS.tags is true. Omitted: the entry has none.
   */
  readonly tags?: readonly string[] | TagStamp | undefined;
}

/** Options of `set`. `nx` and `xx` exclude each other. */
export interface SetOptions extends StoreOptions {
  /** Stores only if there is no entry. */
  readonly nx?: boolean;
  /** Stores only if there is an entry. */
  readonly xx?: boolean;
}

/** Options of `clear`. */
export interface ClearOptions {
  /**
   * Deletes everything in the database, including entries of other caches and programs, as Django's clear
   * does. Default false.
   */
  readonly database?: boolean;
  /** Stops between two round trips, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of `iterKeys`, `keys` and what deletes by pattern. */
export interface IterKeysOptions extends VersionOptions {
  /**
   * Number of keys that a round trip looks at, about (SCAN's COUNT): 1 to 10 000. Omitted:
   * DJANGO_REDIS_SCAN_ITERSIZE, 500.
   */
  readonly itersize?: number;
  /** Stops between two round trips, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of `deletePattern`. */
export interface DeletePatternOptions extends IterKeysOptions {
  /** Replaces KEY_PREFIX. */
  readonly prefix?: string;
}

/** What `getWithToken` resolves to: a value, and the token of exactly this entry. */
export interface ValueWithToken<T> {
  /** The value; `null` is a stored None, `undefined` a miss. */
  readonly value: T | null | undefined;
  /** Stands for exactly this entry, or for its absence. For `compareAndSet`. */
  readonly token: string;
  /** Returns a fresh copy of the value, whatever was changed in the first. */
  copy(): T | null | undefined;
}

/** What `getOrSet` stores: a value, or a function that makes it. */
export type ValueOrFactory<T> = T | (() => T | Promise<T>);
