import type { SentinelCache } from '../cache/sentinel-cache.js';
import { escapeGlob } from '../keys/key-pattern.js';
import type { Timeout } from '../time/lifetime.js';

/**
 * What Keyv passes on for an entry that never expires: its own 0 would arrive as "none given", which means
 * TIMEOUT here.
 */
export const FOREVER = Infinity;

/** Values that `iterator` reads in one round trip. */
const ITERATED_AT_ONCE = 100;

/**
 * An entry this close to its end would have expired once it is copied into another store, and some stores
 * take that for no end at all.
 */
const LAST_MOMENTS_MS = 10;

/** Beyond it JavaScript writes numbers with an exponent. */
const LONGEST_IN_DIGITS = 1e21;

/** Marks a store over one of our caches, in every copy of the package. */
export const IS_OUR_STORE: unique symbol = Symbol.for('nestjs-sentinel-cache.keyv-store');

/** A value as Keyv stores it. */
export interface StoredValue {
  readonly value: unknown;
  /** When it expires, in milliseconds since the epoch; undefined: never. */
  readonly expires: number | undefined;
}

/** Two views of the entries of one cache. */
export interface KeyvCaches {
  /** Reads go here; it may ignore outages. */
  readonly reads: SentinelCache;
  /** Writes go here; read anew at every write. */
  readonly writes: SentinelCache;
  /** Closes the connections, where they belong to this Keyv. */
  readonly close?: () => Promise<void>;
}

/**
 * Makes a store for Keyv of a cache. Values are stored as the cache stores them; Keyv's envelopes stay out of
 * Redis. Every method that returns a promise rejects as the cache does: with CacheUnavailableError,
 * CommandRejectedError, CodecError, or InvalidArgumentError for a ttl.
 */
export class KeyvStore {
  readonly [IS_OUR_STORE] = true;
  /** Keyv asks every store for one. */
  readonly opts = {};
  /** Keyv's namespace: keys begin with it and a colon. Empty or undefined: none. */
  namespace: string | undefined;

  constructor(private readonly caches: KeyvCaches) {}

  /**
   * Resolves to a value and when it expires, or undefined. Rejects with CacheUnavailableError or CodecError.
   */
  async get(key: string): Promise<StoredValue | undefined> {
    const askedMs = performance.now();
    return withEnd(await this.caches.reads.getWithPttl(this.keyOf(key)), askedMs);
  }

  /**
   * Resolves to each value and when it expires, in the order of the keys. Rejects with CacheUnavailableError
   * or CodecError.
   */
  async getMany(keys: readonly string[]): Promise<(StoredValue | undefined)[]> {
    const named = keys.map((key) => this.keyOf(key));
    const askedMs = performance.now();
    const hits = await this.caches.reads.getManyWithPttl(named);
    return named.map((key) => withEnd(hits.get(key), askedMs));
  }

  /**
   * Resolves to the value alone by one GET, which a replica may answer. Rejects with CacheUnavailableError or
   * CodecError.
   */
  getValue(key: string): Promise<unknown> {
    return this.caches.reads.get(this.keyOf(key));
  }

  /**
   * Resolves to the values alone by one MGET, which a replica may answer. Rejects with CacheUnavailableError
   * or CodecError.
   */
  async getValues(keys: readonly string[]): Promise<unknown[]> {
    const named = keys.map((key) => this.keyOf(key));
    const hits = await this.caches.reads.getMany(named);
    return named.map((key) => hits.get(key));
  }

  /**
   * Stores a value for `ttlMs` milliseconds; none given: TIMEOUT. Removes the entry for `undefined`, which
   * can't be stored, and for a ttl below 1. Rejects with CacheUnavailableError, CommandRejectedError,
   * CodecError, or InvalidArgumentError for a ttl that is not a number.
   */
  async set(key: string, { value }: StoredValue, ttlMs?: number): Promise<boolean> {
    const named = this.keyOf(key);
    const isNothing = value === undefined || (ttlMs !== undefined && ttlMs < 1);
    if (!isNothing) return this.caches.writes.set(named, value, timeoutOf(ttlMs));
    await this.caches.writes.delete(named);
    return true;
  }

  /** Resolves to true when there was an entry. Rejects with CacheUnavailableError or CommandRejectedError. */
  async delete(key: string): Promise<boolean> {
    return this.caches.writes.delete(this.keyOf(key));
  }

  /**
   * Resolves to true when there was any entry. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    return (await this.caches.writes.deleteMany(keys.map((key) => this.keyOf(key)))) > 0;
  }

  /**
   * Deletes the keys of the namespace; without one the whole cache, all versions. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  async clear(): Promise<void> {
    if (this.isWhole()) await this.caches.writes.clear();
    else await this.caches.writes.deletePattern(this.pattern());
  }

  /** Resolves to whether there is an entry. Rejects with CacheUnavailableError or CommandRejectedError. */
  async has(key: string): Promise<boolean> {
    return this.caches.reads.has(this.keyOf(key));
  }

  /**
   * Iterates over key and value of every entry of the namespace, a batch at a time; an entry that is added or
   * removed meanwhile may be missed. Rejects with CacheUnavailableError, CommandRejectedError or CodecError.
   */
  async *iterate(): AsyncGenerator<[key: string, value: unknown], void, void> {
    for await (const keys of this.batches()) {
      const values = await this.getValues(keys);
      for (const [i, key] of keys.entries()) if (values[i] !== undefined) yield [key, values[i]];
    }
  }

  /**
   * Iterates over the keys of the namespace, without it, in batches that one read can take. Rejects with
   * CacheUnavailableError or CommandRejectedError.
   */
  async *batches(): AsyncGenerator<string[], void, void> {
    const start = this.keyOf('');
    let batch: string[] = [];
    for await (const key of this.caches.reads.iterKeys(this.pattern())) {
      batch.push(key.slice(start.length));
      if (batch.length < ITERATED_AT_ONCE) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** Returns the key in the database. */
  storedKey(key: string): string {
    return this.caches.reads.makeKey(this.keyOf(key));
  }

  /** Closes the connections, where they belong to this Keyv. Never rejects. */
  async disconnect(): Promise<void> {
    await this.caches.close?.();
  }

  /** Does nothing: Keyv listens for a store's errors, but this one rejects instead. */
  on(): this {
    return this;
  }

  private isWhole(): boolean {
    return this.namespace === undefined || this.namespace === '';
  }

  private keyOf(key: string): string {
    return this.isWhole() ? key : `${this.namespace}:${key}`;
  }

  private pattern(): string {
    return `${escapeGlob(this.keyOf(''))}*`;
  }
}

/**
 * Counts from when the entry was asked for, so that no copy outlives it; gives undefined in its last moments.
 */
function withEnd(
  found: { readonly value: unknown; readonly pttl: number | null } | undefined,
  askedMs: number,
): StoredValue | undefined {
  if (found === undefined || found.pttl === null) return found && { value: found.value, expires: undefined };
  const leftMs = Math.floor(found.pttl - (performance.now() - askedMs));
  return leftMs < LAST_MOMENTS_MS ? undefined : { value: found.value, expires: Date.now() + leftMs };
}

function timeoutOf(ttlMs: number | undefined): Timeout | undefined {
  if (ttlMs === undefined) return undefined;
  if (ttlMs === FOREVER) return null;
  // With its unit: a bare number of seconds above thirty days is taken for milliseconds, and warned of.
  return ttlMs < LONGEST_IN_DIGITS ? `${ttlMs}ms` : ttlMs / 1000;
}
