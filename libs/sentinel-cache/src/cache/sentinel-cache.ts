import { isDate } from 'node:util/types';

import type { Backend, EntryToken } from '../backends/port/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import { CodecError } from '../errors/codec.error.js';
import type { CommonCacheConfig } from '../settings/shapes/resolved-settings.js';
import type { OperationName } from '../telemetry/operation-event.js';
import type { Timeout } from '../time/lifetime.js';
import { CacheLock } from './locks/cache-lock.js';
import type { CacheKey, GetOptions, SetOptions, ValueOrFactory, ValueWithToken, VersionOptions } from './entry/cache-options.js';
import { checkArguments, distinctKeys, pairsOf } from './entry/call-arguments.js';
import { NO_VALUE, type EntrySpace } from './entry/entry-space.js';
import { ignoringOutage } from './entry/error-policy.js';
import { FoundValue } from './entry/found-value.js';
import { createFlights, getOrSet } from './entry/get-or-set.js';
import { KeySearch } from './key-search.js';
import type { LockOptions } from './locks/lock-options.js';
import { readWithPttl, type ValueWithPttl } from './entry/read-with-pttl.js';
import { CacheHashes } from './structures/cache-hashes.js';
import { CacheSets } from './structures/cache-sets.js';
import { CacheSortedSets } from './structures/cache-sorted-sets.js';

/**
 * One cache of CACHES, with Django's meaning in JavaScript's words.
 *
 * - `undefined` is a miss; `null` is a stored None.
 * - Timeouts are seconds as in Django, `null` for ever, or text with a unit (`'15m'`); omitted: TIMEOUT of the settings.
 * - Every method settles within the deadline of the settings; an outage rejects with CacheUnavailableError, a refusal by Redis with
 *   CommandRejectedError, bytes or values that can't be read or written with CodecError.
 *
 * @example
 * ```ts
 * await cache.set('user:7', user, '15m');
 * const user = await cache.get<User>('user:7');
 * ```
 */
export class SentinelCache extends KeySearch {
  private readonly flights = createFlights();
  private setsMade: CacheSets | undefined;
  private hashesMade: CacheHashes | undefined;
  private sortedSetsMade: CacheSortedSets | undefined;

  /** The value; `undefined` (or `options.default`) when there is none. A stored None is `null`, whatever the default. */
  async get<T = unknown, D = undefined>(key: CacheKey, options: GetOptions<D> = {}): Promise<T | null | D> {
    const stored = this.makeKey(key, options.version);
    const bytes = await this.backend.get(stored);
    const value = bytes === null ? NO_VALUE : this.space.read<T>(bytes, stored);
    return value === NO_VALUE ? (options.default as D) : value;
  }

  /** The value and the milliseconds it has left (`null`: for ever), in one round trip; `undefined` when there is none. */
  async getWithPttl<T = unknown>(key: CacheKey, options: VersionOptions = {}): Promise<ValueWithPttl<T> | undefined> {
    const stored = this.makeKey(key, options.version);
    const found = await this.backend.getWithLife(stored);
    return found ? readWithPttl<T>(this.space, stored, found) : undefined;
  }

  /** Stores a value; whether it was stored. A timeout of 0 or less deletes instead, and says whether there was an entry. */
  async set(key: CacheKey, value: unknown, timeout?: Timeout, options: SetOptions = {}): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    if (options.nx && options.xx) throw this.space.invalid('set: nx and xx exclude each other. Give one of them.');
    if (lifetime === 'already-expired') return options.nx ? this.isAbsent(stored) : (await this.backend.delete([stored])) > 0;
    const refused = this.refused<boolean>(options.nx ? 'add' : 'set', [stored], value);
    if (refused) return refused;
    const packed = this.space.pack(value, stored, lifetime);
    return this.backend.set(stored, packed.bytes, packed.lifetime, options.nx ? 'nx' : options.xx ? 'xx' : 'always');
  }

  /** What `set` with `nx` and no lifetime answers. Where outages are ignored nobody knows during one: false, as for any other `set`. */
  private async isAbsent(stored: string): Promise<boolean> {
    const { strict } = this.backend;
    const ask = async (backend: Backend): Promise<boolean> => !(await backend.has(stored));
    return strict ? ignoringOutage(this.alias, 'set', () => ask(strict), false) : ask(this.backend);
  }

  /** What a write comes to that would be rejected at once: nothing is serialised for it. */
  private refused<T>(operation: OperationName, keys: readonly string[], value: unknown): Promise<T> | undefined {
    return this.backend.refused?.<T>({ operation, keys, takesMoreThan: (bytes) => this.space.codec.takesMoreThan(value, bytes) });
  }

  /** Stores a value only if the key is absent; whether it did. */
  async add(key: CacheKey, value: unknown, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.set(key, value, timeout, { ...options, nx: true });
  }

  /**
   * Gets a value; makes and stores it when there is none. The type is the maker's: say `<User | null>` where others store None there.
   * One flight per key in this process; who waits longer than 30 seconds makes it as well. A made `null` is stored, `undefined` is not;
   * what cannot be stored during an outage is given all the same.
   *
   * Rejects with the maker's error, CodecError for a value that cannot be written, and CacheUnavailableError when the cache could not
   * be asked, when two makers kept a caller waiting (`deadline`), when 100 000 calls wait already (`queue-full`).
   */
  async getOrSet<T>(key: CacheKey, value: ValueOrFactory<T>, timeout?: Timeout, options: VersionOptions = {}): Promise<T> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    return getOrSet<T>({ space: this.space, backend: this.backend, flights: this.flights, key: stored, lifetime, value });
  }

  /** The hits, by the keys as they were given; stored Nones included. One round trip. */
  async getMany<T = unknown, K extends CacheKey = string>(
    keys: Iterable<K>,
    options: VersionOptions = {},
  ): Promise<Map<K, T | null>> {
    const wanted = distinctKeys(this.space, keys);
    const stored = wanted.map((key) => this.makeKey(key, options.version));
    const found = await this.backend.getMany(stored);
    const hits = new Map<K, T | null>();
    found.forEach((bytes, i) => {
      const value = bytes === null ? NO_VALUE : this.space.read<T>(bytes, stored[i]!);
      if (value !== NO_VALUE) hits.set(wanted[i]!, value);
    });
    return hits;
  }

  /** The hits of `getMany`, each with the milliseconds it has left (`null`: for ever), in one round trip. Read from the primary. */
  async getManyWithPttl<T = unknown, K extends CacheKey = string>(
    keys: Iterable<K>,
    options: VersionOptions = {},
  ): Promise<Map<K, ValueWithPttl<T>>> {
    const wanted = distinctKeys(this.space, keys);
    const stored = wanted.map((key) => this.makeKey(key, options.version));
    const found = await this.backend.getManyWithLife(stored);
    const hits = new Map<K, ValueWithPttl<T>>();
    found.forEach((entry, i) => {
      const hit = entry && readWithPttl<T>(this.space, stored[i]!, entry);
      if (hit) hits.set(wanted[i]!, hit);
    });
    return hits;
  }

  /** Stores all or none, in one step. A timeout of 0 or less deletes them. */
  async setMany(
    values: Readonly<Record<string, unknown>> | ReadonlyMap<CacheKey, unknown>,
    timeout?: Timeout,
    options: VersionOptions = {},
  ): Promise<void> {
    const pairs = pairsOf(this.space, values);
    const lifetime = this.space.lifetimeOf(timeout);
    const stored = pairs.map(([key]) => this.makeKey(key, options.version));
    if (lifetime === 'already-expired') {
      await this.backend.delete(stored);
      return;
    }
    const refused = this.refused<void>('setMany', stored, pairs);
    if (refused) return refused;
    const packed = pairs.map(([, value], i) => this.space.pack(value, stored[i]!, lifetime));
    const entries = packed.map(({ bytes }, i) => [stored[i]!, bytes] as const);
    await this.backend.setMany(entries, packed[0]?.lifetime ?? lifetime);
  }

  /** Whether there was an entry. */
  async delete(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return (await this.backend.delete([this.makeKey(key, options.version)])) > 0;
  }

  /** How many there were. */
  async deleteMany(keys: Iterable<CacheKey>, options: VersionOptions = {}): Promise<number> {
    return this.backend.delete(distinctKeys(this.space, keys).map((key) => this.makeKey(key, options.version)));
  }

  /** Whether there is an entry. */
  async has(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return this.backend.has(this.makeKey(key, options.version));
  }

  /**
   * Any Redis command through this cache's connection: deadline, at most once, failover. Keys are stored keys: see `makeKey`.
   * The reply as Redis gave it: Buffers, numbers, null, arrays; an integer past 2^53 is a bigint.
   */
  async command(name: string, ...args: readonly (string | Buffer | number)[]): Promise<unknown> {
    checkArguments(this.space, args);
    return this.backend.command(name, args);
  }

  /**
   * The value (as `get`), and a token that stands for exactly this entry, or for its absence. Read from the primary. `copy` gives the
   * value once more, untouched by what was done to the first.
   */
  async getWithToken<T = unknown>(key: CacheKey, options: VersionOptions = {}): Promise<ValueWithToken<T>> {
    const stored = this.makeKey(key, options.version);
    const found = await this.backend.getWithToken(stored);
    return new FoundValue<T>(found, this.space, stored);
  }

  /** Stores only if the entry is still the one of the token; false when another was faster. One step in Redis. */
  async compareAndSet(
    key: CacheKey,
    token: EntryToken,
    value: unknown,
    timeout?: Timeout,
    options: VersionOptions = {},
  ): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    const refused = this.refused<boolean>('compareAndSet', [stored], value);
    if (refused) return refused;
    const packed = this.space.pack(value, stored, lifetime);
    return this.backend.compareAndSet(stored, token, packed.bytes, packed.lifetime);
  }

  /** A lock of that name, not taken yet; Django's of the same name is the same lock. Locks are strict under IGNORE_EXCEPTIONS, too. */
  lock(name: CacheKey, options: LockOptions = {}): CacheLock {
    return new CacheLock(this.space, this.backend.locks, name, options);
  }

  /** Sets under keys of this cache. */
  get sets(): CacheSets {
    return (this.setsMade ??= new CacheSets(this.space, this.backend));
  }

  /** Hashes under keys of this cache. */
  get hashes(): CacheHashes {
    return (this.hashesMade ??= new CacheHashes(this.space, this.backend));
  }

  /** Sorted sets under keys of this cache. */
  get sortedSets(): CacheSortedSets {
    return (this.sortedSetsMade ??= new CacheSortedSets(this.space, this.backend));
  }

  /** @internal Whether a date comes back as a date: with pickle it does, JSON makes it text, msgpack refuses it. */
  keepsDates(): boolean {
    try {
      const bytes = Buffer.from(this.space.encode(new Date(0), 'keepsDates') as string);
      return isDate(this.space.decode(bytes, 'keepsDates'));
    } catch (error) {
      if (error instanceof CodecError) return false;
      throw error;
    }
  }

  /** The same cache for keys that are secrets, as those of sessions are: no CodecError names one. What the caller made of this one stays. */
  withSecretKeys(): this {
    const { codec } = this.space;
    const nameless: ValueCodec = {
      ...codec,
      encode: (value, where) => codec.encode(value, { alias: where?.alias }),
      decode: (bytes, where) => codec.decode(bytes, { alias: where?.alias }),
    };
    const space = Object.create(this.space, { codec: { value: nameless } }) as EntrySpace;
    return Object.create(this, { space: { value: space } }) as this;
  }

  /** @internal Another view of the same entries, built of the same parts. */
  withPolicy<C extends SentinelCache>(build: (config: CommonCacheConfig, backend: Backend, codec: ValueCodec) => C): C {
    return build(this.space.config, this.backend, this.space.codec);
  }
}
