import type { Backend, StoredBytes } from '../../backends/port/backend.js';
import { BYTES, COUNT, countUpTo, FLAG, INTEGER, listOf, orNull, pairsOf, STRINGS } from '../../connection/resp/reply-shape.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { VersionOptions } from '../entry/cache-options.js';
import { deltaOf } from '../entry/call-arguments.js';
import { NO_VALUE, type EntrySpace } from '../entry/entry-space.js';
import type { OutagePolicy } from '../entry/outage-policy.js';
import { asItIs, CacheStructure, isOne, type IterateOptions } from './cache-structure.js';
import { KEYED_FIELDS, KEYED_NAMES, type HashLayout } from './hash-layout.js';

/**
 * Hashes in Redis: named fields under one key. A name is a key of the cache, a field is text as it is, a
 * field's value is encoded like any value. django-redis leaves the name as it is and puts prefix and version
 * into each field: `hashes.asDjango` has that layout.
 *
 * A hash lives until it is empty or deleted (`cache.delete`, `cache.expire`); TIMEOUT does not apply.
 * On locmem and dummy every call is a CommandRejectedError (`NOTSUPPORTED`).
 *
 * @example
 * ```ts
 * await cache.hashes.set('user:7', 'name', 'Ada');
 * const name = await cache.hashes.get<string>('user:7', 'name');
 * ```
 */
export class CacheHashes extends CacheStructure {
  private django: CacheHashes | undefined;

  /**
   * Use `cache.hashes`.
   *
   * @internal
   */
  constructor(
    space: EntrySpace,
    backend: Backend,
    policy: OutagePolicy,
    private readonly layout: HashLayout = KEYED_NAMES,
  ) {
    super(space, backend, policy);
  }

  /**
   * Returns the same calls on hashes as django-redis stores them: the name as it is, shared by all caches,
   * versions and prefixes; each field is a key with prefix and version.
   */
  get asDjango(): CacheHashes {
    return (this.django ??= new CacheHashes(this.space, this.backend, this.policy, KEYED_FIELDS));
  }

  /**
   * Stores a field (HSET). Resolves to whether it is new. Rejects as `getAll`, and with CodecError for a
   * value that can't be written.
   */
  async set(name: CacheKey, field: CacheKey, value: unknown, options: VersionOptions = {}): Promise<boolean> {
    const key = this.nameOf(name, options);
    const named = this.fieldOf(field, options);
    const args = (): StoredBytes[] => [named, this.space.encode(value, key)];
    return this.write({ name: 'HSET', keys: [key], args, reply: FLAG, result: isOne, neutral: false });
  }

  /** Stores a field only if it is absent (HSETNX). Resolves to whether it did. Rejects as `set`. */
  async add(name: CacheKey, field: CacheKey, value: unknown, options: VersionOptions = {}): Promise<boolean> {
    const key = this.nameOf(name, options);
    const named = this.fieldOf(field, options);
    const args = (): StoredBytes[] => [named, this.space.encode(value, key)];
    return this.write({ name: 'HSETNX', keys: [key], args, reply: FLAG, result: isOne, neutral: false });
  }

  /** Stores fields in one step (HSET). Resolves to the number of new ones. Rejects as `set`. */
  async setMany(
    name: CacheKey,
    values: Readonly<Record<string, unknown>> | ReadonlyMap<CacheKey, unknown>,
    options: VersionOptions = {},
  ): Promise<number> {
    const key = this.nameOf(name, options);
    const pairs: [CacheKey, unknown][] = values instanceof Map ? [...values] : Object.entries(values);
    const named = pairs.map(([field, value]) => [this.fieldOf(field, options), value] as const);
    const args = (): StoredBytes[] => named.flatMap(([field, value]) => [field, this.space.encode(value, key)]);
    if (pairs.length === 0) return 0;
    return this.write({ name: 'HSET', keys: [key], args, reply: countUpTo(pairs.length), result: asItIs, neutral: 0 });
  }

  /**
   * Reads a field (HGET). Resolves to `undefined` when there is none; a stored None is `null`. Rejects as
   * `getAll`.
   */
  async get<T = unknown>(name: CacheKey, field: CacheKey, options: VersionOptions = {}): Promise<T | null | undefined> {
    const key = this.nameOf(name, options);
    const result = (reply: Buffer | null): T | undefined => this.one<T>(reply, key);
    const args = [this.fieldOf(field, options)];
    return this.read({ name: 'HGET', keys: [key], args, reply: orNull(BYTES), result, neutral: undefined });
  }

  /**
   * Reads several fields (HMGET). Resolves to those that are there, by their names as they were given.
   * Rejects as `getAll`.
   */
  async getMany<T = unknown, K extends CacheKey = string>(
    name: CacheKey,
    fields: Iterable<K>,
    options: VersionOptions = {},
  ): Promise<Map<K, T | null>> {
    const key = this.nameOf(name, options);
    const wanted = [...new Set(fields)];
    const args = wanted.map((field) => this.fieldOf(field, options));
    const result = (found: readonly (Buffer | null)[]): Map<K, T | null> => {
      const budget = this.space.newBudget();
      const values = found.map((bytes) => this.one<T | null>(bytes, key, budget));
      return new Map(wanted.map((field, i) => [field, values[i]] as const).filter(isFound));
    };
    if (args.length === 0) return new Map();
    const reply = listOf(orNull(BYTES), { exactly: args.length });
    return this.read({ name: 'HMGET', keys: [key], args, reply, result, neutral: new Map() });
  }

  /**
   * Reads all fields with their values (HGETALL); use `iterate` for a large hash. Rejects with
   * CommandRejectedError, with CodecError for bytes that can't be read, and with CacheUnavailableError.
   */
  async getAll<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<Map<string, T | null>> {
    const key = this.nameOf(name, options);
    const result = (reply: readonly Buffer[]): Map<string, T | null> => new Map(this.entries<T>(reply, key, options));
    return this.read({ name: 'HGETALL', keys: [key], reply: pairsOf(BYTES), result, neutral: new Map() });
  }

  /**
   * Goes through fields and their values one by one, in batches (HSCAN). A field that is there all the time
   * comes at least once. Rejects as `getAll`.
   */
  async *iterate<T = unknown>(
    name: CacheKey,
    options: IterateOptions & { readonly match?: string } = {},
  ): AsyncGenerator<[field: string, value: T | null], void, void> {
    const { version, match, ...how } = options;
    const key = this.nameOf(name, { version });
    const glob = match === undefined ? {} : { match: this.layout.matchOf(this.space, match, { version }) };
    for await (const batch of this.batches({ name: 'HSCAN', key, ...how, ...glob }))
      yield* this.entries<T>(batch, key, { version });
  }

  /**
   * Resolves to the names of all fields (HKEYS); with `asDjango`, to those of this cache and version. Rejects
   * as `getAll`.
   */
  async keys(name: CacheKey, options: VersionOptions = {}): Promise<string[]> {
    const result = (reply: readonly Buffer[]): string[] =>
      reply.map((field) => this.layout.userField(this.space, field, options)).filter((field) => field !== undefined);
    return this.read({ name: 'HKEYS', keys: [this.nameOf(name, options)], reply: STRINGS, result, neutral: [] });
  }

  /**
   * Resolves to the number of fields (HLEN); with `asDjango`, of all caches and versions. Rejects as
   * `getAll`.
   */
  async length(name: CacheKey, options: VersionOptions = {}): Promise<number> {
    return this.read({ name: 'HLEN', keys: [this.nameOf(name, options)], reply: COUNT, result: asItIs, neutral: 0 });
  }

  /** Checks whether a field is there (HEXISTS). Rejects as `getAll`. */
  async exists(name: CacheKey, field: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    const args = [this.fieldOf(field, options)];
    return this.read({ name: 'HEXISTS', keys: [this.nameOf(name, options)], args, reply: FLAG, result: isOne, neutral: false });
  }

  /** Deletes a field (HDEL). Resolves to true when there was one. Rejects as `getAll`. */
  async delete(name: CacheKey, field: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return (await this.deleteMany(name, [field], options)) === 1;
  }

  /** Deletes several fields (HDEL). Resolves to the number of those that were there. Rejects as `getAll`. */
  async deleteMany(name: CacheKey, fields: Iterable<CacheKey>, options: VersionOptions = {}): Promise<number> {
    const args = [...new Set(fields)].map((field) => this.fieldOf(field, options));
    if (args.length === 0) return 0;
    const reply = countUpTo(args.length);
    return this.write({ name: 'HDEL', keys: [this.nameOf(name, options)], args, reply, result: asItIs, neutral: 0 });
  }

  /**
   * Adds to a whole number (HINCRBY); a field that is not there counts as 0. Resolves to the sum, a bigint
   * past 2^53; with IGNORE_EXCEPTIONS to `undefined` during an outage. Rejects with CommandRejectedError for
   * a field that is no whole number, with InvalidArgumentError, and with CacheUnavailableError.
   */
  async incrBy(
    name: CacheKey,
    field: CacheKey,
    delta: number | bigint = 1,
    options: VersionOptions = {},
  ): Promise<number | bigint | undefined> {
    const args = [this.fieldOf(field, options), String(deltaOf(this.space, 'hashes.incrBy', delta))];
    const keys = [this.nameOf(name, options)];
    return this.write<number | bigint | undefined, number | bigint>({
      name: 'HINCRBY',
      keys,
      args,
      reply: INTEGER,
      result: asItIs,
      neutral: undefined,
    });
  }

  private nameOf(name: CacheKey, options: VersionOptions): string {
    return this.layout.nameOf(this.space, name, options);
  }

  private fieldOf(field: CacheKey, options: VersionOptions): string {
    return this.layout.fieldOf(this.space, field, options);
  }

  /** Reads a reply in which each field is followed by its value. */
  private *entries<T>(reply: readonly Buffer[], key: string, options: VersionOptions): Generator<[string, T | null], void, void> {
    const budget = this.space.newBudget();
    for (let i = 0; i + 1 < reply.length; i += 2) {
      const field = this.layout.userField(this.space, reply[i]!, options);
      const value = field === undefined ? NO_VALUE : this.space.readable(reply[i + 1]!, key, budget);
      if (value !== NO_VALUE) yield [field!, value as T | null];
    }
  }
}

function isFound<K, T>(pair: readonly [K, T | null | undefined]): pair is readonly [K, T | null] {
  return pair[1] !== undefined;
}
