import { Keyv, KeyvHooks, type KeyvEntry, type KeyvStoreAdapter, type StoredData } from 'keyv';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import type { Timeout } from '../time/lifetime.js';

/** What Keyv passes on for "for ever": its own 0 becomes "none given" on the way, which here means TIMEOUT. */
const FOREVER = Infinity;

interface Stored {
  readonly value: unknown;
  readonly expires: number | undefined;
}

/** One cache as Keyv needs it. `reads` may ignore outages while `writes` tells of them; both are views of the same entries. */
export interface KeyvCaches {
  readonly reads: SentinelCache;
  readonly writes: SentinelCache;
}

/** A cache as a Keyv store. Values come and go as they are: the codec is the cache's, Keyv's envelopes stay out of Redis. */
class CacheStore {
  readonly opts = {};

  constructor(private readonly caches: KeyvCaches) {}

  /** The value with the moment it ends, in one round trip. */
  async get(key: string): Promise<Stored | undefined> {
    const found = await this.caches.reads.getWithPttl(key);
    return found && { value: found.value, expires: found.pttl === null ? undefined : Date.now() + found.pttl };
  }

  /** The value alone: what `get` without `raw` needs. */
  getValue(key: string): Promise<unknown> {
    return this.caches.reads.get(key);
  }

  async getMany(keys: string[]): Promise<(Stored | undefined)[]> {
    const hits = await this.caches.reads.getMany(keys);
    return keys.map((key) => (hits.has(key) ? { value: hits.get(key), expires: undefined } : undefined));
  }

  /** `undefined` can't be stored and means nothing was made: it is left out, without an error. */
  async set(key: string, { value }: Stored, ttlMs?: number): Promise<boolean> {
    if (value === undefined) return false;
    return this.caches.writes.set(key, value, timeoutOf(ttlMs));
  }

  async delete(key: string): Promise<boolean> {
    return this.caches.writes.delete(key);
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    return (await this.caches.writes.deleteMany(keys)) > 0;
  }

  async clear(): Promise<void> {
    await this.caches.writes.clear();
  }

  async has(key: string): Promise<boolean> {
    return this.caches.reads.has(key);
  }

  /** Keyv listens for a store's errors; this one rejects instead. */
  on(): this {
    return this;
  }
}

function timeoutOf(ttlMs: number | undefined): Timeout | undefined {
  if (ttlMs === undefined) return undefined;
  return ttlMs === FOREVER ? null : ttlMs / 1000;
}

/** Keyv that writes Django's bytes, keeps its 0 apart from "none given", and reads a plain value in one GET. */
class SentinelKeyv extends Keyv {
  constructor(private readonly cacheStore: CacheStore) {
    super({ store: cacheStore as unknown as KeyvStoreAdapter, useKeyPrefix: false, throwOnErrors: true });
    // Given to the constructor, `undefined` would mean Keyv's own JSON.
    this.serialize = undefined;
    this.deserialize = undefined;
  }

  override get(key: string | string[], options?: { raw: boolean }): Promise<never> {
    if (Array.isArray(key) || options?.raw) return super.get(key as string, options as { raw: true }) as Promise<never>;
    return this.getPlain(key) as Promise<never>;
  }

  override set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return super.set(key, value, ttl === 0 ? FOREVER : ttl);
  }

  override setMany(entries: KeyvEntry[]): Promise<boolean[]> {
    return super.setMany(entries.map((entry) => (entry.ttl === 0 ? { ...entry, ttl: FOREVER } : entry)));
  }

  private async getPlain(key: string): Promise<StoredData<unknown>> {
    this.hooks.trigger(KeyvHooks.PRE_GET, { key });
    const value = await this.cacheStore.getValue(key);
    this.hooks.trigger(KeyvHooks.POST_GET, { key, value: value === undefined ? undefined : { value } });
    if (value === undefined) this.stats.miss();
    else this.stats.hit();
    return value as StoredData<unknown>;
  }
}

/**
 * A configured Keyv 5 over a cache. `ttl` in milliseconds; none given: TIMEOUT of the settings; 0: for ever. Rejects where its
 * caches reject.
 */
export function createKeyv(caches: KeyvCaches): Keyv {
  return new SentinelKeyv(new CacheStore(caches));
}
