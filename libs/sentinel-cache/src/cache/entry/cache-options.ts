import type { Timeout } from '../../time/lifetime.js';

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
  readonly tags?: readonly string[] | undefined;
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

/**
 * Options of `getOrSet`. A duration is a number of seconds, as in Django, or text such as `'200ms'`.
 *
 * @see docs/stampede.md
 */
export interface GetOrSetOptions extends StoreOptions {
  /**
   * How long an entry is kept past its timeout, as an older value: callers get it at once while a new one is
   * made, and where making one fails. In Redis the entry lives `timeout + grace`, for `get`, `ttl` and
   * Django, too. Default 0. Not for HerdClient, which has soft ends of its own.
   */
  readonly grace?: number | string;
  /**
   * Makes a new value shortly before the timeout, in the background: the sooner, the longer the function took
   * in this process (XFetch). `true` is 1; a number above 0 scales how early. Default: not. Not for
   * HerdClient.
   */
  readonly earlyExpiry?: boolean | number;
  /**
   * Makes the value in one process at a time, under a lease in Redis. `true` is `'10s'`: that long others
   * wait for a process that died. From 100 ms to an hour. Default: each process makes its own.
   *
   * The lease is renewed while the function runs, up to `hardTimeout` or for 30 seconds. When it has run out,
   * the value is stored all the same, unless another process has claimed the lease since. A value that was
   * stored meanwhile stays, and is what callers get; after a delete nothing is stored.
   */
  readonly lock?: boolean | number | string;
  /**
   * How long to wait for a new value while there is an older one (`grace`, `earlyExpiry`); then the older one
   * is the answer, and the function goes on in the background. Default 0.
   */
  readonly softTimeout?: number | string;
  /**
   * How long to wait for a value at most, once the cache has answered. Then the answer is what the function
   * has made, if only storing it lasts, or the older value; without one the call rejects with
   * CacheUnavailableError (`deadline`). The function's `signal` aborts; what it makes all the same is stored.
   * Callers with more patience run their own. Up to 24 days. Default: who runs the function waits for it,
   * others 30 seconds.
   */
  readonly hardTimeout?: number | string;
  /**
   * Shortens the timeout by a random part, so that entries made together do not end together: a fraction from
   * 0 to 1 of the timeout, or a duration. Default 0.
   */
  readonly jitter?: number | string;
  /**
   * Ends this call, with a CacheUnavailableError whose reason is `aborted`. The function's own signal aborts
   * once all callers who waited for it have done so; one without a signal never does.
   */
  readonly signal?: AbortSignal;
}

/** What `getOrSet` gives the function that makes a value. */
export interface FactoryContext<T> {
  /** Aborts at `hardTimeout` of who began it, or when all callers have aborted. */
  readonly signal: AbortSignal;
  /** A copy of the older value that is to be replaced (`null`: a stored None); undefined without one. */
  readonly stale: T | null | undefined;
}

/** Makes a value. `T`: what it makes; `Stale`: what it was. */
export type ValueFactory<T, Stale = T> = (context: FactoryContext<Stale>) => T | Promise<T>;

/** What `getOrSet` stores: a value, or a function that makes it. */
export type ValueOrFactory<T, Stale = T> = T | ValueFactory<T, Stale>;

/** A timeout, or a function that returns it for a value that was made; undefined: TIMEOUT. */
export type TimeoutOrFunction<T> = Timeout | undefined | ((value: T) => Timeout | undefined);
