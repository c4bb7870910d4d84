import type { SentinelCache } from '../cache/sentinel-cache.js';
import { escapeGlob } from '../keys/key-pattern.js';
import type { Timeout } from '../time/lifetime.js';

/** What Keyv passes on for "for ever": its own 0 becomes "none given" on the way, which here means TIMEOUT. */
export const FOREVER = Infinity;

/** How many values `iterator` reads in one round trip. */
const ITERATED_AT_ONCE = 100;

/** Who copies an entry in its last moments into another store finds it over when he does, and some take that for no end at all. */
const LAST_MOMENTS_MS = 10;

/** A value, and the moment it ends in unix milliseconds; undefined: never. */
export interface StoredValue {
  readonly value: unknown;
  readonly expires: number | undefined;
}

/** One cache as Keyv needs it. `reads` may ignore outages while `writes` tells of them; both are views of the same entries. */
export interface KeyvCaches {
  readonly reads: SentinelCache;
  /** Asked for at every write. */
  readonly writes: SentinelCache;
  /** Ends the connections, where they are this Keyv's own. */
  readonly close?: () => Promise<void>;
}

/** A cache as a Keyv store. Values come and go as they are: the codec is the cache's, Keyv's envelopes stay out of Redis. */
export class KeyvStore {
  readonly opts = {};
  /** Keyv's namespace: what keys begin with, before a colon. */
  namespace: string | undefined;

  constructor(private readonly caches: KeyvCaches) {}

  async get(key: string): Promise<StoredValue | undefined> {
    const askedMs = performance.now();
    return withEnd(await this.caches.reads.getWithPttl(this.keyOf(key)), askedMs);
  }

  async getMany(keys: readonly string[]): Promise<(StoredValue | undefined)[]> {
    const named = keys.map((key) => this.keyOf(key));
    const askedMs = performance.now();
    const hits = await this.caches.reads.getManyWithPttl(named);
    return named.map((key) => withEnd(hits.get(key), askedMs));
  }

  /** The value alone: one GET, which a replica may answer. */
  getValue(key: string): Promise<unknown> {
    return this.caches.reads.get(this.keyOf(key));
  }

  /** The values alone: one MGET, which a replica may answer. */
  async getValues(keys: readonly string[]): Promise<unknown[]> {
    const named = keys.map((key) => this.keyOf(key));
    const hits = await this.caches.reads.getMany(named);
    return named.map((key) => hits.get(key));
  }

  /** `undefined` can't be stored, and an entry that is over is none: what stood there is removed, and a later read finds nothing. */
  async set(key: string, { value }: StoredValue, ttlMs?: number): Promise<boolean> {
    const named = this.keyOf(key);
    const isNothing = value === undefined || (ttlMs !== undefined && ttlMs < 1);
    if (!isNothing) return this.caches.writes.set(named, value, timeoutOf(ttlMs));
    await this.caches.writes.delete(named);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.caches.writes.delete(this.keyOf(key));
  }

  async deleteMany(keys: readonly string[]): Promise<boolean> {
    return (await this.caches.writes.deleteMany(keys.map((key) => this.keyOf(key)))) > 0;
  }

  /** The keys of the namespace; without one everything in the cache, whatever its version. */
  async clear(): Promise<void> {
    if (this.namespace === undefined) await this.caches.writes.clear();
    else await this.caches.writes.deletePattern(this.pattern());
  }

  async has(key: string): Promise<boolean> {
    return this.caches.reads.has(this.keyOf(key));
  }

  /** Key and value of every entry of the namespace, a batch at a time. An entry that comes or goes meanwhile may come or not. */
  async *iterate(): AsyncGenerator<[key: string, value: unknown], void, void> {
    const start = this.keyOf('');
    let batch: string[] = [];
    for await (const key of this.caches.reads.iterKeys(this.pattern())) {
      batch.push(key.slice(start.length));
      if (batch.length < ITERATED_AT_ONCE) continue;
      yield* this.pairsOf(batch);
      batch = [];
    }
    yield* this.pairsOf(batch);
  }

  async disconnect(): Promise<void> {
    await this.caches.close?.();
  }

  /** Keyv listens for a store's errors; this one rejects instead. */
  on(): this {
    return this;
  }

  private async *pairsOf(keys: readonly string[]): AsyncGenerator<[key: string, value: unknown], void, void> {
    if (keys.length === 0) return;
    const values = await this.getValues(keys);
    for (const [i, key] of keys.entries()) if (values[i] !== undefined) yield [key, values[i]];
  }

  private keyOf(key: string): string {
    return this.namespace === undefined ? key : `${this.namespace}:${key}`;
  }

  private pattern(): string {
    return `${escapeGlob(this.keyOf(''))}*`;
  }
}

/** Counted from when it was asked for, so that no copy outlives the entry; undefined in its last moments. */
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
  return ttlMs === FOREVER ? null : ttlMs / 1000;
}
