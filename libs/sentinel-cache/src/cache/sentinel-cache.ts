import { isDate } from 'node:util/types';

import type { Backend, EntryToken } from '../backends/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import { MissingCacheKeyError } from '../errors/missing-cache-key.error.js';
import { formatKey } from '../keys/format-key.js';
import type { CommonCacheConfig } from '../settings/resolved-settings.js';
import { secondsOfMs, type Timeout } from '../time/lifetime.js';
import type {
  CacheKey,
  ClearOptions,
  GetOptions,
  SetOptions,
  ValueOrFactory,
  ValueWithToken,
  VersionOptions,
} from './cache-options.js';
import { EntrySpace } from './entry-space.js';
import { FoundValue } from './found-value.js';
import { getOrSet } from './get-or-set.js';
import { SingleFlight } from './single-flight.js';

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
export class SentinelCache {
  readonly alias: string;
  private readonly flights = new SingleFlight<unknown>();
  private readonly space: EntrySpace;

  constructor(
    config: CommonCacheConfig,
    private readonly backend: Backend,
    codec: ValueCodec,
  ) {
    this.alias = config.alias;
    this.space = new EntrySpace(config, codec);
  }

  /** The value; `undefined` (or `options.default`) when there is none. A stored None is `null`, whatever the default. */
  async get<T = unknown, D = undefined>(key: CacheKey, options: GetOptions<D> = {}): Promise<T | null | D> {
    const stored = this.makeKey(key, options.version);
    const bytes = await this.backend.get(stored);
    return bytes === null ? (options.default as D) : this.space.decode<T>(bytes, stored);
  }

  /** The value and the milliseconds it has left (`null`: for ever), in one round trip; `undefined` when there is none. */
  async getWithPttl<T = unknown>(
    key: CacheKey,
    options: VersionOptions = {},
  ): Promise<{ value: T | null; pttl: number | null } | undefined> {
    const stored = this.makeKey(key, options.version);
    const found = await this.backend.getWithLife(stored);
    return found
      ? { value: this.space.decode<T>(found.bytes, stored), pttl: found.life === 'forever' ? null : found.life }
      : undefined;
  }

  /** Stores a value; whether it was stored. A timeout of 0 or less deletes instead, and says whether there was an entry. */
  async set(key: CacheKey, value: unknown, timeout?: Timeout, options: SetOptions = {}): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    if (options.nx && options.xx) throw this.space.invalid('set: nx and xx exclude each other. Give one of them.');
    if (lifetime === 'already-expired')
      return options.nx ? !(await this.backend.has(stored)) : (await this.backend.delete([stored])) > 0;
    const bytes = this.space.encode(value, stored);
    return this.backend.set(stored, bytes, lifetime, options.nx ? 'nx' : options.xx ? 'xx' : 'always');
  }

  /** Stores a value only if the key is absent; whether it did. */
  async add(key: CacheKey, value: unknown, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.set(key, value, timeout, { ...options, nx: true });
  }

  /**
   * The value, made and stored when there is none. One flight per key in this process: of many callers at once, one makes it.
   * A made `null` is stored; a made `undefined` is given back and not stored. What was made is given back even when it could not be
   * stored for an outage.
   */
  async getOrSet<T>(key: CacheKey, value: ValueOrFactory<T>, timeout?: Timeout, options: VersionOptions = {}): Promise<T | null> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    return getOrSet<T>({ space: this.space, backend: this.backend, flights: this.flights, key: stored, lifetime, value });
  }

  /** The hits, by the keys as they were given; stored Nones included. One round trip. */
  async getMany<T = unknown, K extends CacheKey = string>(
    keys: Iterable<K>,
    options: VersionOptions = {},
  ): Promise<Map<K, T | null>> {
    const wanted = [...new Set(keys)];
    const stored = wanted.map((key) => this.makeKey(key, options.version));
    const found = await this.backend.getMany(stored);
    const hits = new Map<K, T | null>();
    found.forEach((bytes, i) => {
      if (bytes !== null) hits.set(wanted[i]!, this.space.decode<T>(bytes, stored[i]!));
    });
    return hits;
  }

  /** Stores all or none, in one step. A timeout of 0 or less deletes them. */
  async setMany(
    values: Readonly<Record<string, unknown>> | ReadonlyMap<CacheKey, unknown>,
    timeout?: Timeout,
    options: VersionOptions = {},
  ): Promise<void> {
    const pairs: [CacheKey, unknown][] = isIterable(values) ? [...values] : Object.entries(values);
    const lifetime = this.space.lifetimeOf(timeout);
    const stored = pairs.map(([key]) => this.makeKey(key, options.version));
    if (lifetime === 'already-expired') {
      await this.backend.delete(stored);
      return;
    }
    const entries = pairs.map(([, value], i) => [stored[i]!, this.space.encode(value, stored[i]!)] as const);
    await this.backend.setMany(entries, lifetime);
  }

  /** Whether there was an entry. */
  async delete(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return (await this.backend.delete([this.makeKey(key, options.version)])) > 0;
  }

  /** How many there were. */
  async deleteMany(keys: Iterable<CacheKey>, options: VersionOptions = {}): Promise<number> {
    return this.backend.delete([...new Set(keys)].map((key) => this.makeKey(key, options.version)));
  }

  /** Whether there is an entry. */
  async has(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return this.backend.has(this.makeKey(key, options.version));
  }

  /**
   * Gives an entry a new timeout; whether there is one. `null` makes it live for ever and says whether it was mortal before; 0 or less
   * deletes it.
   */
  async touch(key: CacheKey, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    return lifetime === 'already-expired' ? (await this.backend.delete([stored])) > 0 : this.backend.touch(stored, lifetime);
  }

  /** Adds to a whole number and gives back the sum, a bigint past 2^53. Keeps the lifetime. MissingCacheKeyError when there is none. */
  async incr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    if (typeof delta !== 'bigint' && !Number.isSafeInteger(delta))
      throw this.space.invalid('incr: expected a whole number up to 2^53 as delta. Give a bigint for more.');
    const stored = this.makeKey(key, options.version);
    const sum = await this.backend.increment(stored, BigInt(delta));
    if (sum === null) throw new MissingCacheKeyError(formatKey(key), { alias: this.alias });
    const number = Number(sum);
    return Number.isSafeInteger(number) ? number : BigInt(sum);
  }

  /** `incr` by the negative; no floor at 0. */
  async decr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    return this.incr(key, typeof delta === 'bigint' ? -delta : -delta, options);
  }

  /** Seconds left, rounded as Redis' TTL; 0 when there is no entry, `null` when it lives for ever (A-50). */
  async ttl(key: CacheKey, options: VersionOptions = {}): Promise<number | null> {
    const ms = await this.pttl(key, options);
    return ms === null ? null : secondsOfMs(ms + 500);
  }

  /** Milliseconds left; 0 when there is no entry, `null` when it lives for ever. */
  async pttl(key: CacheKey, options: VersionOptions = {}): Promise<number | null> {
    const life = await this.backend.remaining(this.makeKey(key, options.version));
    return life === 'missing' ? 0 : life === 'forever' ? null : life;
  }

  /**
   * Removes this cache's entries, all versions, batch by batch; unlike Django's (FLUSHDB, A-22) nothing else in the database.
   * With a KEY_FUNCTION of your own nobody knows which keys those are: refused, unless `database` says everything.
   */
  async clear(options: ClearOptions = {}): Promise<void> {
    if (options.database) return this.backend.deleteAll();
    await this.backend.deleteMatching(this.space.pattern(), options.signal);
  }

  /**
   * Any Redis command through this cache's connection: deadline, at most once, failover. Keys are stored keys: see `makeKey`.
   * The reply as Redis gave it: Buffers, numbers, null, arrays; an integer past 2^53 is a bigint.
   */
  async command(name: string, ...args: readonly (string | Buffer | number)[]): Promise<unknown> {
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
    const bytes = this.space.encode(value, stored);
    return this.backend.compareAndSet(stored, token, bytes, this.space.lifetimeOf(timeout));
  }

  /** The stored key: `prefix:version:key`, or what KEY_FUNCTION makes of them. */
  makeKey(key: CacheKey, version?: number | string | null): string {
    return this.space.storedKey(key, version);
  }

  /** Whether a date comes back as a date: with pickle it does, JSON makes it text. */
  keepsDates(): boolean {
    const bytes = Buffer.from(this.space.encode(new Date(0), 'keepsDates') as string);
    return isDate(this.space.decode(bytes, 'keepsDates'));
  }

  /** Another view of the same entries, built of the same parts. */
  withPolicy<C extends SentinelCache>(build: (config: CommonCacheConfig, backend: Backend, codec: ValueCodec) => C): C {
    return build(this.space.config, this.backend, this.space.codec);
  }
}

function isIterable(values: object): values is Iterable<[CacheKey, unknown]> {
  return Symbol.iterator in values;
}
