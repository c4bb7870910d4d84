import type { Backend, EntryToken, LivingEntry, PlannedWrite, ScanOptions } from '../backends/port/backend.js';
import type { CallOptions } from '../backends/port/call-options.js';
import { eachBatch } from '../backends/port/surround-backend.js';
import type { DecodeBudget } from '../codec/budget/decode-budget.js';
import { MissingCacheKeyError } from '../errors/missing-cache-key.error.js';
import { formatKey, type CacheKey } from '../keys/format-key.js';
import { secondsOfMs, type Lifetime, type Timeout } from '../time/lifetime.js';
import { toMoment } from '../time/moment.js';
import type {
  ClearOptions,
  DeletePatternOptions,
  GetOptions,
  GetOrSetOptions,
  IterKeysOptions,
  SetOptions,
  StoreOptions,
  TimeoutOrFunction,
  ValueOrFactory,
  ValueWithToken,
  VersionOptions,
} from './entry/cache-options.js';
import { checkArguments, deltaOf, distinctKeys, pairsOf, safeDeltaOf, versionAfter } from './entry/call-arguments.js';
import { collectKeys } from './entry/collect-keys.js';
import { EntrySpace, NO_VALUE } from './entry/entry-space.js';
import { FoundValue } from './entry/found-value.js';
import { touchHerd, uncountable } from './entry/herd-lifetime.js';
import type { OutagePolicy } from './entry/outage-policy.js';
import { readWithPttl, type ValueWithPttl } from './entry/read-with-pttl.js';
import { RecentKeys } from './entry/recent-keys.js';
import { checkNames } from './load/load-plan.js';
import { loadValue } from './load/load.js';
import { createLoads } from './load/loads.js';
import { NearReads, valueOfFound, type Found } from './near/near-reads.js';
import type { SentinelCacheParts } from './sentinel-cache-parts.js';
import { CacheLock } from './locks/cache-lock.js';
import type { LockOptions } from './locks/lock-options.js';
import { CacheHashes } from './structures/cache-hashes.js';
import { CacheSets } from './structures/cache-sets.js';
import { CacheSortedSets } from './structures/cache-sorted-sets.js';
import { CallTags, type TagsOption } from './tags/call-tags.js';

type RemovingMethod = 'deletePattern' | 'clear' | 'deleteStoredKeys';
type LifeMethod = 'touch' | 'persist' | 'expire' | 'pexpire' | 'expireAt' | 'pexpireAt';
type VersionMethod = 'incrVersion' | 'decrVersion';
type Moment = ReturnType<typeof toMoment>;

/**
 * One cache of CACHES, with Django's meaning in JavaScript's words.
 *
 * - `undefined` is a miss; `null` is a stored None.
 * - Timeouts are seconds as in Django, `null` for no expiry, or text with a unit (`'15m'`); omitted: TIMEOUT.
 * - Every method settles within the deadline of the settings. It rejects with CacheUnavailableError during an
 *   outage, CommandRejectedError when Redis refuses, CodecError for a value that can't be written or read,
 *   InvalidCacheKeyError or InvalidArgumentError for bad arguments. IGNORE_EXCEPTIONS answers the first two.
 *
 * @example
 * ```ts
 * await cache.set('user:7', user, '15m');
 * const user = await cache.get<User>('user:7');
 * ```
 */
export class SentinelCache {
  /** Its name in CACHES. */
  readonly alias: string;
  private readonly space: EntrySpace;
  private readonly backend: Backend;
  private readonly policy: OutagePolicy;
  private readonly near: NearReads | undefined;
  private readonly loads = createLoads();
  private readonly tags: CallTags;
  private setsMade: CacheSets | undefined;
  private hashesMade: CacheHashes | undefined;
  private sortedSetsMade: CacheSortedSets | undefined;

  /** @internal */
  constructor({ config, backend, codec, policy, near }: SentinelCacheParts) {
    this.alias = config.alias;
    this.backend = backend;
    this.policy = policy;
    this.tags = new CallTags(config.alias, backend.tags);
    // Where outages are ignored, bytes that can't be read are a miss as well.
    this.space = new EntrySpace(config, codec, { ignoring: policy.isIgnoring, clock: backend.clock });
    this.near = near && new NearReads(near, this.space);
  }

  // --- Entries

  /**
   * Reads a value. Resolves to `options.default` (or `undefined`) when there is none; a stored None is
   * `null`. Rejects with CodecError (unreadable bytes), CacheUnavailableError or CommandRejectedError. */
  async get<T = unknown, D = undefined>(key: CacheKey, options: GetOptions<D> = {}): Promise<T | null | D> {
    const stored = this.makeKey(key, options.version);
    let value = this.near ? this.near.read<T>(stored) : NO_VALUE;
    if (value === NO_VALUE)
      value = await this.policy.answer('get', key, async (calls) => {
        const bytes = await this.backend.get(stored, calls);
        return bytes === null ? NO_VALUE : this.space.read<T>(bytes, stored);
      });
    return value === NO_VALUE || value === undefined ? (options.default as D) : value;
  }

  /** Reads a value and its milliseconds left (`null`: no expiry); `undefined`: none. Rejects as `get`. */
  async getWithPttl<T = unknown>(key: CacheKey, options: VersionOptions = {}): Promise<ValueWithPttl<T> | undefined> {
    const stored = this.makeKey(key, options.version);
    return this.policy.answer('getWithPttl', key, async (calls) => {
      const found = await this.backend.getWithLife(stored, calls);
      return found ? readWithPttl<T>(this.space, stored, found) : undefined;
    });
  }

  /**
   * Stores a value. Resolves to whether it was stored. A timeout of 0 or less deletes instead, and resolves
   * to whether there was an entry. Rejects with CodecError for a value that can't be written,
   * InvalidArgumentError for nx and xx together, CacheUnavailableError or CommandRejectedError.
   */
  async set(key: CacheKey, value: unknown, timeout?: Timeout, options: SetOptions = {}): Promise<boolean> {
    if (options.nx && options.xx) throw this.space.invalid('set: nx and xx exclude each other. Give one of them.');
    return this.store('set', key, value, timeout, options);
  }

  /** Stores a value only if the key is absent. Resolves to whether it did. Rejects as `set`. */
  async add(key: CacheKey, value: unknown, timeout?: Timeout, options: StoreOptions = {}): Promise<boolean> {
    return this.store('add', key, value, timeout, { version: options.version, tags: options.tags, nx: true });
  }

  /**
   * Reads a value; makes and stores it when there is none: once for all callers in this process, with `lock`
   * in all. `null` is stored, `undefined` only returned. An outage loses the entry, not the value. Rejects
   * with what the function throws, as `set`, and with CacheUnavailableError (`deadline`): docs/stampede.md.
   */
  async getOrSet<T, Stale = T>(
    key: CacheKey,
    value: ValueOrFactory<T, Stale>,
    timeout?: TimeoutOrFunction<T>,
    options: GetOrSetOptions = {},
  ): Promise<T> {
    checkNames(options, this.space);
    const calls = Object.assign(this.policy.calls('getOrSet', key), this.tags.of('getOrSet', options));
    const { space, backend, policy, loads } = this;
    const parts = { space, backend, policy, calls, loads, key: this.makeKey(key, options.version) };
    const near = this.near && !options.grace && !options.earlyExpiry ? this.near.read<T>(parts.key) : NO_VALUE;
    if (near !== NO_VALUE) return near as T;
    return loadValue<T>(parts, { value, timeout, options });
  }

  /** Deletes an entry. Resolves to true when there was one. Rejects as `has`. */
  async delete(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    return this.policy.answer('delete', key, async (calls) => (await this.backend.delete([stored], calls)) > 0);
  }

  /** Checks whether there is an entry. Rejects with CacheUnavailableError or CommandRejectedError. */
  async has(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    if (this.near?.has(stored)) return true;
    return this.policy.answer('has', key, (calls) => this.backend.has(stored, calls));
  }

  /** Returns the stored key: `prefix:version:key`, or that of KEY_FUNCTION. Throws InvalidCacheKeyError. */
  makeKey(key: CacheKey, version?: number | string | null): string {
    return this.space.storedKey(key, version);
  }

  // --- Many entries in one call

  /** Reads many values in one round trip. Resolves to the hits, by the keys as given. Rejects as `get`. */
  async getMany<T = unknown, K extends CacheKey = string>(
    keys: Iterable<K>,
    options: VersionOptions = {},
  ): Promise<Map<K, T | null>> {
    const ask = (stored: string[], calls: CallOptions): Promise<Found<T>[]> => this.backend.getMany(stored, calls);
    const read: typeof ask = (stored, calls) => this.near?.readMany(stored, (others) => ask(others, calls)) ?? ask(stored, calls);
    return this.hits('getMany', [keys, options], read, (found, ...at) => valueOfFound<T>(this.space, found, ...at));
  }

  /** As `getMany`, from the primary, each with its PTTL (`null`: no expiry). Rejects as `get`. */
  async getManyWithPttl<T = unknown, K extends CacheKey = string>(
    keys: Iterable<K>,
    options: VersionOptions = {},
  ): Promise<Map<K, ValueWithPttl<T>>> {
    const read = (stored: string[], calls: CallOptions): Promise<(LivingEntry | null)[]> =>
      this.backend.getManyWithLife(stored, calls);
    return this.hits('getManyWithPttl', [keys, options], read, (entry, stored, budget) => {
      return readWithPttl<T>(this.space, stored, entry, budget) ?? NO_VALUE;
    });
  }

  /** Stores all or none, in one step. A timeout of 0 or less deletes them. Rejects as `set`. */
  async setMany(
    values: Readonly<Record<string, unknown>> | ReadonlyMap<CacheKey, unknown>,
    timeout?: Timeout,
    options: StoreOptions = {},
  ): Promise<void> {
    const tags = this.tags.of('setMany', options);
    const pairs = pairsOf(this.space, values);
    const lifetime = this.space.lifetimeOf(timeout);
    const stored = pairs.map(([key]) => this.makeKey(key, options.version));
    const keys = pairs.map(([key]) => key);
    return this.policy.answerMany('setMany', keys, async (calls) => {
      if (lifetime === 'already-expired') return void (await this.backend.delete(stored, calls));
      const refused = this.refused<void>({ operation: 'setMany', keys: stored }, pairs, calls);
      if (refused) return refused;
      const packed = pairs.map(([, value], i) => this.space.pack(value, stored[i]!, lifetime));
      const entries = packed.map(({ bytes }, i) => [stored[i]!, bytes] as const);
      await this.backend.setMany(entries, packed[0]?.lifetime ?? lifetime, { ...calls, ...tags });
    });
  }

  /** Deletes many entries. Resolves to the number of those that were there. Rejects as `delete`. */
  async deleteMany(keys: Iterable<CacheKey>, options: VersionOptions = {}): Promise<number> {
    const [wanted, stored] = this.storedKeys(keys, options);
    return this.policy.answerMany('deleteMany', wanted, (calls) => this.backend.delete(stored, calls));
  }

  // --- Tags

  /**
   * Ends all entries that were stored with one of the tags: from now on they are not there. One small write
   * for each tag, however many entries it has. What a `getOrSet` is making meanwhile is not kept, either.
   *
   * Rejects with InvalidArgumentError (no OPTIONS.tags, not at most 1000 texts of 1 to 250 bytes),
   * CacheUnavailableError or CommandRejectedError.
   */
  async invalidateTags(...tags: readonly string[]): Promise<void> {
    return this.policy.answerMany('invalidateTags', undefined, this.tags.invalidation(tags));
  }

  /**
   * Reads the generations of tags before a value is made, for `set(..., { tags })`. Rejects as
   * `getWithToken`. @internal
   */
  async stampTags(tags: readonly string[], timeout?: Timeout): Promise<TagsOption> {
    const checked = this.tags.of('stampTags', { tags })?.tags;
    return this.tags.stamp(checked, this.space.lifetimeOf(timeout), this.policy.calls('stampTags'));
  }

  // --- Lifetimes

  /**
   * Gives an entry a new timeout. Resolves to whether there is one. `null` removes the timeout, and resolves
   * to whether it had one; 0 or less deletes it. Rejects as `has`.
   */
  async touch(key: CacheKey, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.changeLife('touch', key, this.space.lifetimeOf(timeout), options);
  }

  /** Takes an entry's timeout away. Resolves to whether it had one. Rejects as `touch`. */
  async persist(key: CacheKey, options: VersionOptions = {}): Promise<boolean> {
    return this.changeLife('persist', key, 'forever', options);
  }

  /** `touch` by django-redis' name. Resolves and rejects as `touch`. */
  async expire(key: CacheKey, timeout?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.changeLife('expire', key, this.space.lifetimeOf(timeout), options);
  }

  /** As `expire`, but a number counts milliseconds; fractions of one are dropped. Rejects as `touch`. */
  async pexpire(key: CacheKey, timeoutMs?: Timeout, options: VersionOptions = {}): Promise<boolean> {
    return this.changeLife('pexpire', key, this.space.lifetimeOf(timeoutMs, 'milliseconds'), options);
  }

  /**
   * Ends an entry's life at a moment: a Date, or unix seconds by the clock of Redis. Resolves to whether
   * there is one. A past moment deletes it; `null` means never, as `persist`. Rejects as `touch`.
   */
  async expireAt(key: CacheKey, when: Date | number | null, options: VersionOptions = {}): Promise<boolean> {
    return this.endAt('expireAt', key, toMoment(when, 1000), options);
  }

  /** As `expireAt`, but a number counts unix milliseconds. Rejects as `touch`. */
  async pexpireAt(key: CacheKey, when: Date | number | null, options: VersionOptions = {}): Promise<boolean> {
    return this.endAt('pexpireAt', key, toMoment(when, 1), options);
  }

  /**
   * Resolves to the seconds an entry has left, rounded as by TTL; 0 without an entry, `null` when it does not
   * expire. Rejects as `touch`.
   */
  async ttl(key: CacheKey, options: VersionOptions = {}): Promise<number | null> {
    const ms = await this.remaining('ttl', key, options);
    return ms === null ? null : secondsOfMs(ms + 500);
  }

  /** As `ttl`, in milliseconds. Rejects as `touch`. */
  async pttl(key: CacheKey, options: VersionOptions = {}): Promise<number | null> {
    return this.remaining('pttl', key, options);
  }

  // --- Counters and versions

  /**
   * Adds to a whole number in one step, and keeps its lifetime. Resolves to the sum. Past 2^53 that is a
   * bigint, so that no digit is lost: pass one (`incr(key, 1n)`) and the type says so.
   *
   * Rejects with MissingCacheKeyError when there is no entry, CommandRejectedError when it is no whole number
   * (it stays as it was), InvalidArgumentError for a delta that is none, or CacheUnavailableError.
   */
  async incr(key: CacheKey, delta?: number, options?: VersionOptions): Promise<number>;
  async incr(key: CacheKey, delta: number | bigint, options?: VersionOptions): Promise<number | bigint>;
  async incr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    return this.count('incr', key, deltaOf(this.space, 'incr', delta), options);
  }

  /** Subtracts; there is no floor at 0. Resolves and rejects as `incr`. */
  async decr(key: CacheKey, delta?: number, options?: VersionOptions): Promise<number>;
  async decr(key: CacheKey, delta: number | bigint, options?: VersionOptions): Promise<number | bigint>;
  async decr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    return this.count('decr', key, -deltaOf(this.space, 'decr', delta), options);
  }

  /**
   * Moves an entry to the version `version + delta` in one step, in place of what is there; bytes and
   * lifetime stay (Django copies, then deletes). Resolves to the new version.
   *
   * Rejects with MissingCacheKeyError when there is no entry (a stored None is one), InvalidArgumentError
   * when the version is no whole number, CacheUnavailableError or CommandRejectedError.
   */
  async incrVersion(key: CacheKey, delta = 1, options: VersionOptions = {}): Promise<number> {
    return this.moveBy('incrVersion', key, safeDeltaOf(this.space, 'incrVersion', delta), options);
  }

  /** Gives an entry the version `version - delta`. Resolves and rejects as `incrVersion`. */
  async decrVersion(key: CacheKey, delta = 1, options: VersionOptions = {}): Promise<number> {
    return this.moveBy('decrVersion', key, -safeDeltaOf(this.space, 'decrVersion', delta), options);
  }

  // --- Entries by what their keys look like

  /**
   * Goes through the keys that match a pattern, one by one, as given to `set`: SCAN, never KEYS. The pattern
   * is a Redis glob (`*`, `?`, `[ab]`, `\*`) in one version of this cache; KEY_PREFIX is literal.
   *
   * Holds one batch at a time. A key that is there all the time comes once, unless 100 000 others came in
   * between; other keys may come or not. After a failover it starts over on the new primary.
   *
   * Rejects as `has`, and with ImproperlyConfiguredError for a KEY_FUNCTION that hides patterns.
   *
   * @example
   * ```ts
   * for await (const key of cache.iterKeys('user:*')) console.log(key);
   * ```
   */
  async *iterKeys(pattern: string, options: IterKeysOptions = {}): AsyncGenerator<string, void, void> {
    const version = this.space.versionOf(options.version);
    const recent = new RecentKeys();
    for await (const batch of this.scan('iterKeys', this.space.patternOf(pattern, version), options)) {
      for (const stored of batch) {
        const key = recent.isNew(stored.toString('latin1')) ? this.space.userKey(stored, version) : undefined;
        if (key !== undefined) yield key;
      }
    }
  }

  /**
   * Resolves to all keys of `iterKeys`, each once, all held in memory. Rejects as `iterKeys`, and with
   * CommandRejectedError (`TOOMANY`) for ten million keys or 512 MB of text: go through them with `iterKeys`.
   */
  async keys(pattern: string, options: IterKeysOptions = {}): Promise<string[]> {
    return collectKeys(this.alias, this.iterKeys(pattern, options));
  }

  /**
   * Deletes the entries whose keys match a pattern of `iterKeys`, batch by batch. Resolves to their number.
   * Rejects as `iterKeys`; after an outage half-way the error has the number so far.
   */
  async deletePattern(pattern: string, options: DeletePatternOptions = {}): Promise<number> {
    const glob = this.space.patternOf(pattern, this.space.versionOf(options.version), options.prefix);
    return this.removeMatching('deletePattern', glob, options);
  }

  /**
   * Deletes this cache's entries in all versions, batch by batch (Django deletes the whole database). Rejects
   * as `deletePattern`; with a custom KEY_FUNCTION, ImproperlyConfiguredError unless `database` is true.
   */
  async clear(options: ClearOptions = {}): Promise<void> {
    if (options.database) return this.backend.deleteAll(this.policy.calls('clear'));
    await this.removeMatching('clear', this.space.pattern(), options);
  }

  /**
   * Goes through the stored keys (`makeKey`) that match a Redis glob, batch by batch, on every server of this
   * cache, including those of other programs. One may come twice. Rejects as `iterKeys`.
   */
  iterStoredKeys(glob: string, options: IterKeysOptions = {}): AsyncIterable<readonly Buffer[]> {
    return this.scan('iterStoredKeys', glob, options);
  }

  /** Deletes what `iterStoredKeys` finds. Resolves to the number of entries. Rejects as `deletePattern`. */
  async deleteStoredKeys(glob: string, options: IterKeysOptions = {}): Promise<number> {
    return this.removeMatching('deleteStoredKeys', glob, options);
  }

  // --- Compare-and-set, commands, locks, structures

  /**
   * Reads a value from the primary, and a token that stands for exactly this entry, or for its absence.
   * Rejects as `get`, with IGNORE_EXCEPTIONS too.
   */
  async getWithToken<T = unknown>(key: CacheKey, options: VersionOptions = {}): Promise<ValueWithToken<T>> {
    const stored = this.makeKey(key, options.version);
    const found = await this.backend.getWithToken(stored, this.policy.calls('getWithToken', key));
    return new FoundValue<T>(found, this.space, stored);
  }

  /**
   * Stores a value in one step only if the entry is still that of the token. Resolves to false when it is
   * not. Rejects as `set`, with IGNORE_EXCEPTIONS too.
   */
  async compareAndSet(
    key: CacheKey,
    token: EntryToken,
    value: unknown,
    timeout?: Timeout,
    options: StoreOptions = {},
  ): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    const lifetime = this.space.lifetimeOf(timeout);
    const calls = { ...this.policy.calls('compareAndSet', key), ...this.tags.of('compareAndSet', options) };
    const refused = this.refused<boolean>({ operation: 'compareAndSet', keys: [stored] }, value, calls);
    if (refused) return refused;
    const packed = this.space.pack(value, stored, lifetime);
    return this.backend.compareAndSet(stored, token, packed.bytes, packed.lifetime, calls);
  }

  /**
   * Sends any Redis command over this cache's connection. Keys are stored keys (`makeKey`). Resolves to the
   * reply as Redis sent it: Buffers, numbers, null, arrays; an integer past 2^53 is a bigint.
   *
   * Rejects with CommandRejectedError (`NOTALLOWED` for commands that would break the connection for others),
   * InvalidArgumentError or CacheUnavailableError, with IGNORE_EXCEPTIONS too.
   */
  async command(name: string, ...args: readonly (string | Buffer | number)[]): Promise<unknown> {
    checkArguments(this.space, name, args);
    return this.backend.command(name, args, this.policy.calls('command', name));
  }

  /**
   * Makes a lock of that name, not taken yet; Django's of the same name is the same lock. Locks reject during
   * an outage, with IGNORE_EXCEPTIONS too. Throws InvalidArgumentError.
   */
  lock(name: CacheKey, options: LockOptions = {}): CacheLock {
    return new CacheLock(this.space, { locks: this.backend.locks, calls: this.policy.calls('lock', name) }, name, options);
  }

  /** Sets under keys of this cache. */
  get sets(): CacheSets {
    return (this.setsMade ??= new CacheSets(this.space, this.backend, this.policy));
  }
  /** Hashes under keys of this cache. */
  get hashes(): CacheHashes {
    return (this.hashesMade ??= new CacheHashes(this.space, this.backend, this.policy));
  }
  /** Sorted sets under keys of this cache. */
  get sortedSets(): CacheSortedSets {
    return (this.sortedSetsMade ??= new CacheSortedSets(this.space, this.backend, this.policy));
  }

  /** Whether a date comes back as a date; tried out, since a custom serializer does not say. @internal */
  keepsDates(): boolean {
    return this.space.keepsDates();
  }

  /** Whether IGNORE_EXCEPTIONS is on. @internal */
  get ignoresOutages(): boolean {
    return this.policy.isIgnoring;
  }

  /** Returns the same cache with IGNORE_EXCEPTIONS. @internal */
  ignoringOutages(): SentinelCache {
    if (this.policy.isIgnoring) return this;
    const { config, codec } = this.space;
    return new SentinelCache({ config, backend: this.backend, codec, policy: this.policy.ignoring(), near: this.near?.near });
  }

  /** Returns the same cache for keys that are secrets (sessions'): no error names one. @internal */
  withSecretKeys(): this {
    return Object.create(this, {
      space: { value: this.space.withSecretKeys() },
      policy: { value: this.policy.withSecretKeys() },
      near: { value: undefined },
      backend: { value: this.near?.near.passing ?? this.backend },
    }) as this;
  }

  private storedKeys<K extends CacheKey>(keys: Iterable<K>, { version }: VersionOptions): [K[], string[]] {
    const wanted = distinctKeys(this.space, keys);
    return [wanted, wanted.map((key) => this.makeKey(key, version))];
  }

  /** Resolves to the entries that are there, by their keys as they were given. */
  private hits<K extends CacheKey, Entry, Hit>(
    method: 'getMany' | 'getManyWithPttl',
    [keys, options]: [Iterable<K>, VersionOptions],
    read: (stored: string[], calls: CallOptions) => Promise<(Entry | null)[]>,
    take: (entry: Entry, stored: string, budget: DecodeBudget) => Hit | typeof NO_VALUE,
  ): Promise<Map<K, Hit>> {
    const [wanted, stored] = this.storedKeys(keys, options);
    return this.policy.answerMany(method, wanted, async (calls) => {
      const hits = new Map<K, Hit>();
      const budget = this.space.newBudget();
      for (const [i, entry] of (await read(stored, calls)).entries()) {
        const hit = entry === null ? NO_VALUE : take(entry, stored[i]!, budget);
        if (hit !== NO_VALUE) hits.set(wanted[i]!, hit);
      }
      return hits;
    });
  }

  private store(
    method: 'set' | 'add',
    key: CacheKey,
    value: unknown,
    timeout: Timeout | undefined,
    how: SetOptions,
  ): Promise<boolean> {
    const stored = this.makeKey(key, how.version);
    const lifetime = this.space.lifetimeOf(timeout);
    const tags = this.tags.of(method, how);
    const condition = how.nx ? 'nx' : how.xx ? 'xx' : 'always';
    return this.policy.answer(method, key, async (calls) => {
      if (lifetime === 'already-expired')
        return how.nx ? !(await this.backend.has(stored, calls)) : (await this.backend.delete([stored], calls)) > 0;
      const refused = this.refused<boolean>({ operation: how.nx ? 'add' : 'set', keys: [stored] }, value, calls);
      if (refused) return refused;
      const packed = this.space.pack(value, stored, lifetime);
      return this.backend.set(stored, packed.bytes, packed.lifetime, condition, tags ? { ...calls, ...tags } : calls);
    });
  }

  /** Returns the rejection of a write that would be rejected at once; otherwise undefined. */
  private refused<T>(write: PlannedWrite, value: unknown, calls: CallOptions): Promise<T> | undefined {
    const takesMoreThan = (bytes: number): boolean => this.space.codec.takesMoreThan(value, bytes);
    return this.backend.refused?.<T>({ operation: write.operation, keys: write.keys, takesMoreThan }, calls);
  }

  private remaining(method: 'ttl' | 'pttl', key: CacheKey, { version }: VersionOptions): Promise<number | null> {
    const stored = this.makeKey(key, version);
    return this.policy.answer(method, key, async (calls) => {
      const life = await this.backend.remaining(stored, calls);
      return life === 'missing' ? 0 : life === 'forever' ? null : life;
    });
  }

  private changeLife(method: LifeMethod, key: CacheKey, lifetime: Lifetime, { version }: VersionOptions): Promise<boolean> {
    const stored = this.makeKey(key, version);
    const { space, backend } = this;
    return this.policy.answer(method, key, async (calls) => {
      if (lifetime === 'already-expired') return (await backend.delete([stored], calls)) > 0;
      return space.herd
        ? touchHerd({ space, herd: space.herd, backend, calls, key: stored, lifetime })
        : backend.touch(stored, lifetime, calls);
    });
  }

  private async endAt(method: LifeMethod, key: CacheKey, moment: Moment, options: VersionOptions): Promise<boolean> {
    const stored = this.makeKey(key, options.version);
    if (moment === undefined) throw this.space.invalid('when: expected a Date, a number since 1970, or null for no expiry.');
    if (moment === 'forever') return this.changeLife(method, key, 'forever', options);
    // A soft end is counted in this process' time, in which it is judged.
    if (this.space.herd) return this.changeLife(method, key, this.space.herd.lifetimeUntil(moment), options);
    return this.policy.answer(method, key, (calls) => this.backend.expireAt(stored, moment, calls));
  }

  private async count(method: 'incr' | 'decr', key: CacheKey, delta: bigint, options: VersionOptions): Promise<number | bigint> {
    if (this.space.herd) throw uncountable(this.space, method);
    const stored = this.makeKey(key, options.version);
    return this.policy.answer(method, key, async (calls) => {
      const sum = await this.backend.increment(stored, delta, calls);
      if (sum === null) throw new MissingCacheKeyError(formatKey(key), { alias: this.alias });
      const number = Number(sum);
      return Number.isSafeInteger(number) ? number : BigInt(sum);
    });
  }

  private async moveBy(method: VersionMethod, key: CacheKey, delta: number, options: VersionOptions): Promise<number> {
    const from = this.space.versionOf(options.version);
    const to = versionAfter(this.space, method, [from, delta]);
    return this.policy.answer(method, key, async (calls) => {
      const moved = await this.backend.move(this.makeKey(key, from), this.makeKey(key, to), calls);
      if (!moved) throw new MissingCacheKeyError(formatKey(key), { alias: this.alias });
      return to;
    });
  }

  private scan(method: 'iterKeys' | 'iterStoredKeys', glob: string, options: IterKeysOptions): AsyncIterable<readonly Buffer[]> {
    const batches = this.backend.scan(glob, this.scanOptions(method, options));
    if (!this.policy.isIgnoring) return batches;
    return eachBatch(batches, (next) => this.policy.answerWith(method, undefined, next));
  }

  private removeMatching(method: RemovingMethod, glob: string, options: IterKeysOptions): Promise<number> {
    const scan = this.scanOptions(method, options);
    return this.policy.answerMany(method, undefined, () => this.backend.deleteMatching(glob, scan));
  }

  private scanOptions(method: string, { itersize, signal }: IterKeysOptions): ScanOptions {
    const { policy, space } = this;
    return { ...policy.callsOf(method), ...space.scanCount('itersize', itersize), ...space.signalOf(method, signal) };
  }
}
