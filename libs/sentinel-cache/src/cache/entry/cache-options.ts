import type { Timeout } from '../../time/lifetime.js';

/** A user's key: text, or a scalar that is written as Python's `str()` writes it. */
export type CacheKey = string | number | bigint | boolean | null;

/** A version: omitted or null means VERSION of the settings; 0 is used literally. */
export interface VersionOptions {
  readonly version?: number | string | null;
}

export interface GetOptions<D> extends VersionOptions {
  /** Given back instead of `undefined` when there is no entry. */
  readonly default?: D;
}

/** `nx`: store only if absent; `xx`: only if there. Not both. */
export interface SetOptions extends VersionOptions {
  readonly nx?: boolean;
  readonly xx?: boolean;
}

export interface ClearOptions {
  /** Everything in the database, other caches' and other programs' entries included (Django's clear). */
  readonly database?: boolean;
  readonly signal?: AbortSignal;
}

export interface IterKeysOptions extends VersionOptions {
  /** How many keys a round trip looks at, about (SCAN's COUNT): 1 to 10 000. Omitted: DJANGO_REDIS_SCAN_ITERSIZE, 500. */
  readonly itersize?: number;
  /** Ends it between two round trips, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

export interface DeletePatternOptions extends IterKeysOptions {
  /** Instead of KEY_PREFIX. */
  readonly prefix?: string;
}

/** What `getWithToken` gives: the value, the token of exactly this entry, and the value once more. */
export interface ValueWithToken<T> {
  readonly value: T | null | undefined;
  readonly token: string;
  copy(): T | null | undefined;
}

/** What `getOrSet` stores: a value, or the function that makes it. */
export type ValueOrFactory<T> = T | (() => T | Promise<T>);

export type { Timeout };
