import type { StoredBytes } from '../../backends/port/backend.js';
import { BYTES, COUNT, countUpTo, FLAG, listOf, orNull, STRINGS } from '../../connection/resp/reply-shape.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { VersionOptions } from '../entry/cache-options.js';
import { asItIs, CacheStructure, isOne, type IterateOptions, type Members } from './cache-structure.js';

/** Options of `diffStore`, `interStore` and `unionStore`. */
export interface StoreOptions extends VersionOptions {
  /**
   * The version of the destination (django-redis' `version_dest`). Omitted: `version`, which is that of the
   * sources.
   */
  readonly destinationVersion?: VersionOptions['version'];
}

/**
 * Sets in Redis. A name is a key of the cache; members are values, and two are the same when their stored
 * bytes are.
 *
 * Results without an order are a `Set`, as in Django: its `has` finds text, numbers, booleans and null, but
 * no objects. A set lives until it is empty or deleted (`cache.delete`, `cache.expire`); TIMEOUT does not
 * apply. On locmem and dummy every call is a CommandRejectedError (`NOTSUPPORTED`).
 *
 * @example
 * ```ts
 * await cache.sets.add('online', ['ada', 'bob']);
 * const online = await cache.sets.members<string>('online');
 * ```
 */
export class CacheSets extends CacheStructure {
  /**
   * Adds members (SADD). Resolves to the number that were not in the set yet. Rejects as `members`, with
   * CodecError for a value that can't be written, and with InvalidArgumentError for anything but a list.
   */
  async add(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<number> {
    return this.count('SADD', name, members, options);
  }

  /** Removes members (SREM). Resolves to the number that were in the set. Rejects as `add`. */
  async remove(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<number> {
    return this.count('SREM', name, members, options);
  }

  /** Resolves to the number of members (SCARD). Rejects as `members`. */
  async card(name: CacheKey, options: VersionOptions = {}): Promise<number> {
    return this.read({ name: 'SCARD', keys: [this.keyOf(name, options)], reply: COUNT, result: asItIs, neutral: 0 });
  }

  /**
   * Reads all members (SMEMBERS); use `iterate` for a large set. Rejects with CommandRejectedError, with
   * CodecError for bytes that can't be read, and with CacheUnavailableError.
   */
  async members<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SMEMBERS', [name], options);
  }

  /**
   * Goes through the members one by one, in batches (SSCAN). One that is there all the time comes at least
   * once. Rejects as `members`.
   */
  async *iterate<T = unknown>(name: CacheKey, options: IterateOptions = {}): AsyncGenerator<T, void, void> {
    const { version, ...how } = options;
    const key = this.keyOf(name, { version });
    for await (const batch of this.batches({ name: 'SSCAN', key, ...how })) yield* this.many<T>(batch, key);
  }

  /** Checks whether a value is a member (SISMEMBER). Rejects as `add`. */
  async isMember(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<boolean> {
    const key = this.keyOf(name, options);
    const args = [this.space.encode(member, key)];
    return this.read({ name: 'SISMEMBER', keys: [key], args, reply: FLAG, result: isOne, neutral: false });
  }

  /**
   * Checks several values (SMISMEMBER). Resolves to one boolean for each, in their order. Rejects as `add`.
   */
  async areMembers(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<boolean[]> {
    const key = this.keyOf(name, options);
    const args = this.encodeAll(this.listOf(members), key);
    if (args.length === 0) return [];
    const reply = listOf(FLAG, { exactly: args.length });
    const result = (flags: readonly number[]): boolean[] => flags.map(isOne);
    return this.read({ name: 'SMISMEMBER', keys: [key], args, reply, result, neutral: args.map(() => false) });
  }

  /**
   * Removes a random member (SPOP) and resolves to it; `undefined` when the set is empty. Rejects as
   * `members`.
   */
  async pop<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<T | undefined> {
    const key = this.keyOf(name, options);
    const result = (reply: Buffer | null): T | undefined => this.one<T>(reply, key);
    return this.write({ name: 'SPOP', keys: [key], reply: orNull(BYTES), result, neutral: undefined });
  }

  /** Removes up to `count` random members (SPOP) and resolves to them. Rejects as `members`. */
  async popMany<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<Set<T>> {
    const key = this.keyOf(name, options);
    const result = (reply: readonly Buffer[]): Set<T> => this.setOf<T>(reply, key);
    const reply = listOf(BYTES, { most: count });
    return this.write({ name: 'SPOP', keys: [key], args: [count], reply, result, neutral: new Set<T>() });
  }

  /** Reads a random member (SRANDMEMBER); `undefined` when the set is empty. Rejects as `members`. */
  async randomMember<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<T | undefined> {
    const key = this.keyOf(name, options);
    const result = (reply: Buffer | null): T | undefined => this.one<T>(reply, key);
    return this.read({ name: 'SRANDMEMBER', keys: [key], reply: orNull(BYTES), result, neutral: undefined });
  }

  /**
   * Reads `count` random members (SRANDMEMBER); with a negative count some may come twice. Rejects as
   * `members`.
   */
  async randomMembers<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<T[]> {
    const key = this.keyOf(name, options);
    const result = (reply: readonly Buffer[]): T[] => this.many<T>(reply, key);
    const reply = listOf(BYTES, { most: Math.abs(count) });
    return this.read({ name: 'SRANDMEMBER', keys: [key], args: [count], reply, result, neutral: [] });
  }

  /**
   * Moves a member to another set in one step (SMOVE); both names have `version`. Resolves to whether it was
   * there. Rejects as `add`.
   */
  async move(source: CacheKey, destination: CacheKey, member: unknown, options: VersionOptions = {}): Promise<boolean> {
    const keys = this.keysOf([source, destination], options);
    const args = (): StoredBytes[] => [this.space.encode(member, keys[0]!)];
    return this.write({ name: 'SMOVE', keys, args, reply: FLAG, result: isOne, neutral: false });
  }

  /**
   * Resolves to the members of the first set that are in none of the others (SDIFF). Rejects as `members`.
   */
  async diff<T = unknown>(names: readonly CacheKey[], options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SDIFF', names, options);
  }

  /** Resolves to the members that are in all sets (SINTER). Rejects as `members`. */
  async inter<T = unknown>(names: readonly CacheKey[], options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SINTER', names, options);
  }

  /** Resolves to the members that are in any of the sets (SUNION). Rejects as `members`. */
  async union<T = unknown>(names: readonly CacheKey[], options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SUNION', names, options);
  }

  /**
   * Stores `diff` as another set, in place of what is there (SDIFFSTORE). Resolves to its number of members.
   * Rejects as `members`.
   */
  async diffStore(destination: CacheKey, names: readonly CacheKey[], options: StoreOptions = {}): Promise<number> {
    return this.store('SDIFFSTORE', destination, names, options);
  }

  /**
   * Stores `inter` as another set, in place of what is there (SINTERSTORE). Resolves to its number of
   * members. Rejects as `members`.
   */
  async interStore(destination: CacheKey, names: readonly CacheKey[], options: StoreOptions = {}): Promise<number> {
    return this.store('SINTERSTORE', destination, names, options);
  }

  /**
   * Stores `union` as another set, in place of what is there (SUNIONSTORE). Resolves to its number of
   * members. Rejects as `members`.
   */
  async unionStore(destination: CacheKey, names: readonly CacheKey[], options: StoreOptions = {}): Promise<number> {
    return this.store('SUNIONSTORE', destination, names, options);
  }

  private async count(command: string, name: CacheKey, members: Members, options: VersionOptions): Promise<number> {
    const key = this.keyOf(name, options);
    const list = this.listOf(members);
    const args = (): StoredBytes[] => this.encodeAll(list, key);
    if (list.length === 0) return 0;
    return this.write({ name: command, keys: [key], args, reply: countUpTo(list.length), result: asItIs, neutral: 0 });
  }

  private async combined<T>(command: string, names: readonly CacheKey[], options: VersionOptions): Promise<Set<T>> {
    const keys = this.keysOf(names, options);
    const result = (reply: readonly Buffer[]): Set<T> => this.setOf<T>(reply, keys[0]!);
    return this.read({ name: command, keys, reply: STRINGS, result, neutral: new Set<T>() });
  }

  private async store(
    command: string,
    destination: CacheKey,
    names: readonly CacheKey[],
    options: StoreOptions,
  ): Promise<number> {
    const { version, destinationVersion = version } = options;
    const keys = [this.keyOf(destination, { version: destinationVersion }), ...this.keysOf(names, { version })];
    return this.write({ name: command, keys, reply: COUNT, result: asItIs, neutral: 0 });
  }
}
