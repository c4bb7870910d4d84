import type { StoredBytes } from '../../backends/port/backend.js';
import { BYTES, COUNT, countUpTo, FLAG, listOf, orNull, STRINGS } from '../../connection/resp/reply-shape.js';
import type { CacheKey, VersionOptions } from '../entry/cache-options.js';
import { asItIs, CacheStructure, isOne, type IterateOptions, type Members } from './cache-structure.js';

/** Of a set that is made of others. */
export interface StoreOptions extends VersionOptions {
  /** The version of the destination; that of the others unless given (`version_dest`, where `version` is `version_keys`). */
  readonly destinationVersion?: VersionOptions['version'];
}

/**
 * Sets in Redis. A name is a key of the cache; members are values, and two are the same when their stored bytes are.
 *
 * Answers that have no order are a `Set`, as in Django: text, numbers, booleans and null are found in it by `has`, objects are to be
 * gone through. A set lives until it is empty or deleted (`cache.delete`, `cache.expire`); TIMEOUT does not apply.
 * On locmem and dummy every call is a CommandRejectedError (`NOTSUPPORTED`).
 *
 * @example
 * ```ts
 * await cache.sets.add('online', ['ada', 'bob']);
 * const online = await cache.sets.members<string>('online');
 * ```
 */
export class CacheSets extends CacheStructure {
  /** How many are new (sadd). */
  async add(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<number> {
    return this.count('SADD', name, members, options);
  }

  /** How many there were (srem). */
  async remove(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<number> {
    return this.count('SREM', name, members, options);
  }

  /** How many members it has (scard). */
  async card(name: CacheKey, options: VersionOptions = {}): Promise<number> {
    return this.read({ name: 'SCARD', keys: [this.keyOf(name, options)], reply: COUNT, result: asItIs, neutral: 0 });
  }

  /** All members (smembers). Of a large set take `iterate`. */
  async members<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SMEMBERS', [name], options);
  }

  /** Members one by one, asked for in batches (sscan_iter); one that is there all the time comes at least once. */
  async *iterate<T = unknown>(name: CacheKey, options: IterateOptions = {}): AsyncGenerator<T, void, void> {
    const { version, ...how } = options;
    const key = this.keyOf(name, { version });
    for await (const batch of this.batches({ name: 'SSCAN', key, ...how })) yield* this.many<T>(batch, key);
  }

  /** Whether it is a member (sismember). */
  async isMember(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<boolean> {
    const key = this.keyOf(name, options);
    const args = [this.space.encode(member, key)];
    return this.read({ name: 'SISMEMBER', keys: [key], args, reply: FLAG, result: isOne, neutral: false });
  }

  /** Which of them are members, in their order (smismember). */
  async areMembers(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<boolean[]> {
    const key = this.keyOf(name, options);
    const args = this.encodeAll(this.listOf(members), key);
    if (args.length === 0) return [];
    const reply = listOf(FLAG, { exactly: args.length });
    const result = (flags: readonly number[]): boolean[] => flags.map(isOne);
    return this.read({ name: 'SMISMEMBER', keys: [key], args, reply, result, neutral: args.map(() => false) });
  }

  /** Takes a random member out (spop); undefined when there is none. */
  async pop<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<T | undefined> {
    const key = this.keyOf(name, options);
    const result = (reply: Buffer | null): T | undefined => this.one<T>(reply, key);
    return this.write({ name: 'SPOP', keys: [key], reply: orNull(BYTES), result, neutral: undefined });
  }

  /** Takes so many random members out (spop with a count). */
  async popMany<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<Set<T>> {
    const key = this.keyOf(name, options);
    const result = (reply: readonly Buffer[]): Set<T> => new Set(this.many<T>(reply, key));
    const reply = listOf(BYTES, { most: count });
    return this.write({ name: 'SPOP', keys: [key], args: [count], reply, result, neutral: new Set<T>() });
  }

  /** A random member, which stays (srandmember); undefined when there is none. */
  async randomMember<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<T | undefined> {
    const key = this.keyOf(name, options);
    const result = (reply: Buffer | null): T | undefined => this.one<T>(reply, key);
    return this.read({ name: 'SRANDMEMBER', keys: [key], reply: orNull(BYTES), result, neutral: undefined });
  }

  /** So many random members; with a negative count some may come twice (srandmember with a count). */
  async randomMembers<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<T[]> {
    const key = this.keyOf(name, options);
    const result = (reply: readonly Buffer[]): T[] => this.many<T>(reply, key);
    const reply = listOf(BYTES, { most: Math.abs(count) });
    return this.read({ name: 'SRANDMEMBER', keys: [key], args: [count], reply, result, neutral: [] });
  }

  /** Moves a member to another set in one step; whether it was there (smove). Both names are of the version that is given. */
  async move(source: CacheKey, destination: CacheKey, member: unknown, options: VersionOptions = {}): Promise<boolean> {
    const keys = this.keysOf([source, destination], options);
    const args = (): StoredBytes[] => [this.space.encode(member, keys[0]!)];
    return this.write({ name: 'SMOVE', keys, args, reply: FLAG, result: isOne, neutral: false });
  }

  /** The members of the first that none of the others has (sdiff). */
  async diff<T = unknown>(names: readonly CacheKey[], options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SDIFF', names, options);
  }

  /** The members that all of them have (sinter). */
  async inter<T = unknown>(names: readonly CacheKey[], options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SINTER', names, options);
  }

  /** The members that any of them has (sunion). */
  async union<T = unknown>(names: readonly CacheKey[], options: VersionOptions = {}): Promise<Set<T>> {
    return this.combined<T>('SUNION', names, options);
  }

  /** `diff` into another set, in place of what stands there; how many it has (sdiffstore). */
  async diffStore(destination: CacheKey, names: readonly CacheKey[], options: StoreOptions = {}): Promise<number> {
    return this.store('SDIFFSTORE', destination, names, options);
  }

  /** `inter` into another set, in place of what stands there; how many it has (sinterstore). */
  async interStore(destination: CacheKey, names: readonly CacheKey[], options: StoreOptions = {}): Promise<number> {
    return this.store('SINTERSTORE', destination, names, options);
  }

  /** `union` into another set, in place of what stands there; how many it has (sunionstore). */
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
    const result = (reply: readonly Buffer[]): Set<T> => new Set(this.many<T>(reply, keys[0]!));
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
