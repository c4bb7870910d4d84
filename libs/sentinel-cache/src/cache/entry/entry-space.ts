import { isUtf8 } from 'node:buffer';
import { isDate } from 'node:util/types';

import type { LivingLifetime, StoredBytes } from '../../backends/port/backend.js';
import type { DecodeBudget } from '../../codec/budget/decode-budget.js';
import type { ValueCodec } from '../../codec/value-codec.js';
import { CodecError } from '../../errors/codec.error.js';
import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { formatKey, formatVersion } from '../../keys/format-key.js';
import { patternInVersion, patternOfAllVersions } from '../../keys/key-pattern.js';
import type { CommonCacheConfig } from '../../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK, type Clock } from '../../time/clock.js';
import { isLikelyMilliseconds, lifetimeOf, toLifetime, type Lifetime, type Timeout } from '../../time/lifetime.js';
import type { CacheKey } from '../../keys/format-key.js';
import { orUnreadable } from './ignored-errors.js';
import { Herd } from './herd.js';

/** Stands for an entry that has no value for this reader: it can't be read, or its soft end is past. */
export const NO_VALUE: unique symbol = Symbol('no value');

/** Redis is one thread: a longer scan step would delay all other callers. */
const MOST_SCANNED = 10_000;

/** Bytes to store, and how long Redis keeps them. */
export interface PackedEntry<L extends Lifetime = LivingLifetime> {
  readonly bytes: StoredBytes;
  readonly lifetime: L;
}

/** Applies the settings of one cache to keys, values and timeouts: stored keys, bytes and lifetimes. */
export class EntrySpace {
  readonly alias: string;
  /** Undefined: entries have no soft end. */
  readonly herd: Herd | undefined;

  private readonly ignoring: boolean;

  /**
   * `ignoring`: bytes that can't be read are a miss (IGNORE_EXCEPTIONS). `clock`: by which entries expire.
   */
  constructor(
    readonly config: CommonCacheConfig,
    readonly codec: ValueCodec,
    { ignoring = false, clock = SYSTEM_CLOCK }: { readonly ignoring?: boolean; readonly clock?: Clock | undefined } = {},
  ) {
    this.alias = config.alias;
    this.ignoring = ignoring;
    const { herdMs } = config;
    if (herdMs !== undefined) this.herd = new Herd(herdMs, { clock, random: Math.random });
  }

  /**
   * Returns the stored key. A version that is omitted or null is that of the settings. Throws
   * InvalidCacheKeyError.
   */
  storedKey(key: CacheKey, version?: number | string | null): string {
    const { keyFunction, keyPrefix } = this.config;
    return keyFunction(formatKey(key), keyPrefix, this.versionOf(version));
  }

  /** Returns the version as it is in stored keys. Omitted or null: that of the settings. */
  versionOf(version?: number | string | null): string {
    return version === undefined || version === null ? this.config.version : formatVersion(version);
  }

  /** Returns the user's key of a stored key; undefined when it is not UTF-8, so that it is no user's key. */
  userKey(storedKey: Buffer, version: string): string | undefined {
    return isUtf8(storedKey) ? this.config.reverseKeyFunction(String(storedKey), version) : undefined;
  }

  /**
   * Returns the glob of a user's pattern in one version of this cache. Throws InvalidArgumentError or
   * ImproperlyConfiguredError.
   */
  patternOf(pattern: string, version: string, keyPrefix = this.config.keyPrefix): string {
    if (typeof pattern !== 'string') throw this.invalid(`pattern: expected text such as 'user:*', got ${typeof pattern}.`);
    const glob = patternInVersion(formatKey(pattern), { ...this.config, keyPrefix, version });
    if (glob !== undefined) return glob;
    throw this.withoutPattern(
      'a KEY_FUNCTION that keeps * ? [ ] of a pattern',
      'Name the keys one by one (getMany, deleteMany).',
    );
  }

  /**
   * Returns the glob that matches all stored keys of this cache, and no others. Throws
   * ImproperlyConfiguredError.
   */
  pattern(): string {
    if (this.config.keysHavePattern) return patternOfAllVersions(this.config.keyPrefix);
    throw this.withoutPattern(
      'the default key function, for clear()',
      'Delete the keys by name, or call clear({ database: true }) to remove everything in this database.',
    );
  }

  private withoutPattern(expected: string, remedy: string): ImproperlyConfiguredError {
    const path = `CACHES.${this.alias}.KEY_FUNCTION`;
    return new ImproperlyConfiguredError([{ path, expected, got: 'a function whose keys have no common pattern', remedy }]);
  }

  /** Makes the entry of a value and its lifetime. Throws CodecError. */
  pack<L extends Lifetime>(value: unknown, storedKey: string, lifetime: L): PackedEntry<L> {
    if (!this.herd || lifetime === 'already-expired') return { bytes: this.encodeEntry(value, storedKey), lifetime };
    const packed = this.herd.pack(value, lifetime as LivingLifetime);
    return { bytes: this.encodeEntry(packed.value, storedKey), lifetime: packed.lifetime as L };
  }

  /**
   * What a reader gets of an entry. Throws a CodecError for bytes that can't be read, unless that is ignored.
   */
  read<T>(bytes: Buffer, storedKey: string, budget?: DecodeBudget): T | null | typeof NO_VALUE {
    const value = this.readable(bytes, storedKey, budget);
    if (!this.herd || value === NO_VALUE) return value as T | typeof NO_VALUE;
    const entry = this.herd.unpack(value);
    const verdict = this.herd.judge(entry);
    return verdict === 'fresh' || verdict === 'stale' ? (entry.value as T) : NO_VALUE;
  }

  /** What everybody gets of an entry: nothing past its soft end. Throws a CodecError, whatever is ignored. */
  readCurrent<T>(bytes: Buffer, storedKey: string): T | null | typeof NO_VALUE {
    const value = this.decode<T>(bytes, storedKey);
    if (!this.herd) return value;
    const entry = this.herd.unpack(value);
    return this.herd.judge(entry) === 'fresh' ? (entry.value as T) : NO_VALUE;
  }

  /**
   * The stored value as it stands, soft end or not; NO_VALUE for bytes that can't be read where that is
   * ignored, and counted.
   */
  readable(bytes: Buffer, storedKey: string, budget?: DecodeBudget): unknown {
    if (!this.ignoring) return this.decode(bytes, storedKey, budget);
    return orUnreadable(this.alias, () => this.decode(bytes, storedKey, budget), NO_VALUE);
  }

  /** Returns the same space for keys that are secrets: no error names one. */
  withSecretKeys(): EntrySpace {
    const { codec } = this;
    const nameless: ValueCodec = {
      ...codec,
      encode: (value, where) => codec.encode(value, { alias: where?.alias }),
      encodeEntry: (value, where) => codec.encodeEntry(value, { alias: where?.alias }),
      decode: (bytes, where, budget) => codec.decode(bytes, { alias: where?.alias }, budget),
      setOf: (values, where, budget) => codec.setOf(values, { alias: where.alias }, budget),
    };
    return Object.create(this, { codec: { value: nameless } }) as EntrySpace;
  }

  /** Bytes by which a member of a set is found. Throws CodecError. */
  encode(value: unknown, storedKey: string): StoredBytes {
    return this.codec.encode(value, { alias: this.alias, key: storedKey });
  }

  private encodeEntry(value: unknown, storedKey: string): StoredBytes {
    return this.codec.encodeEntry(value, { alias: this.alias, key: storedKey });
  }

  decode<T>(bytes: Buffer, storedKey: string, budget?: DecodeBudget): T | null {
    return this.codec.decode(bytes, { alias: this.alias, key: storedKey }, budget) as T | null;
  }

  /** Whether a date comes back as a date; tried out, since a custom serializer does not say. */
  keepsDates(): boolean {
    try {
      return isDate(this.decode(Buffer.from(this.encode(new Date(0), 'keepsDates') as string), 'keepsDates'));
    } catch (error) {
      if (error instanceof CodecError) return false;
      throw error;
    }
  }

  /**
   * A set of values of one reply; none where they can't be put together in reasonable time and that is
   * ignored.
   */
  setOf<T>(values: readonly T[], storedKey: string, budget: DecodeBudget): Set<T> {
    const fill = (): Set<T> => this.codec.setOf(values, { alias: this.alias, key: storedKey }, budget) as Set<T>;
    return this.ignoring ? orUnreadable(this.alias, fill, new Set<T>()) : fill();
  }

  /** What reading all values of one reply may take: small ones that stand for much must not add up. */
  newBudget(): DecodeBudget {
    return this.codec.newBudget();
  }

  /**
   * Returns the lifetime of a timeout, whose numbers count `unit`. Omitted: TIMEOUT. Throws
   * InvalidArgumentError.
   */
  lifetimeOf(timeout: Timeout | undefined, unit: 'seconds' | 'milliseconds' = 'seconds'): Lifetime {
    if (timeout === undefined) return this.config.defaultLifetime;
    const inMs = unit === 'milliseconds' && typeof timeout === 'number';
    if (!inMs && isLikelyMilliseconds(timeout)) this.config.onLikelyMilliseconds?.(timeout);
    const lifetime = inMs ? lifetimeOf(timeout, 1) : toLifetime(timeout);
    if (lifetime !== undefined) return lifetime;
    const got = typeof timeout === 'number' ? String(timeout) : typeof timeout;
    throw this.invalid(
      `timeout: expected ${unit}, null for ever, or text such as '15m', got ${got}. Write '5m' for five minutes.`,
    );
  }

  /**
   * Checks the number of keys that a round trip looks at; `what` names the option. Throws
   * InvalidArgumentError.
   */
  scanCount(what: string, count: number | undefined): { readonly count?: number } {
    if (count === undefined) return {};
    if (Number.isSafeInteger(count) && count >= 1 && count <= MOST_SCANNED) return { count };
    throw this.invalid(`${what}: expected a whole number from 1 to ${MOST_SCANNED}, got ${String(count)}.`);
  }

  /** Checks a signal; `call` names the method. Throws InvalidArgumentError. */
  signalOf(call: string, signal: AbortSignal | null | undefined): { readonly signal?: AbortSignal } {
    if (signal === undefined || signal === null) return {};
    if (signal instanceof AbortSignal) return { signal };
    throw this.invalid(`${call}, signal: expected an AbortSignal, got ${typeof signal}. Write controller.signal.`);
  }

  invalid(message: string): InvalidArgumentError {
    return new InvalidArgumentError(`Cache '${this.alias}', ${message}`, { alias: this.alias });
  }
}
