import { MissingCacheKeyError } from '../errors/missing-cache-key.error.js';
import { formatKey } from '../keys/format-key.js';
import type { CacheKey, VersionOptions } from './entry/cache-options.js';
import { deltaOf, safeDeltaOf } from './entry/call-arguments.js';
import { EntryLifetimes } from './entry-lifetimes.js';

/** Whole numbers that are counted on in one step. */
export abstract class EntryCounters extends EntryLifetimes {
  /**
   * Adds to a whole number in one step and keeps its lifetime. Resolves to the sum.
   *
   * With a `number` as delta the sum is a number, and one past 2^53 - 1 is refused. With a `bigint` (`incr(key, 1n)`) it goes on exactly
   * as in Django: the sum is a bigint past 2^53 - 1, up to 4300 digits.
   *
   * Rejects, and leaves the entry as it was, with MissingCacheKeyError when there is none, InvalidArgumentError for a delta that is no
   * whole number, CommandRejectedError when the entry holds no whole number (`ERR`: text, a float, a boolean, null, anything stored through
   * the serializer) or the sum does not fit (`OVERFLOW`), CacheUnavailableError.
   */
  async incr(key: CacheKey, delta?: number, options?: VersionOptions): Promise<number>;
  async incr(key: CacheKey, delta: number | bigint, options?: VersionOptions): Promise<number | bigint>;
  async incr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    return this.count('incr', key, deltaOf(this.space, 'incr', delta), options);
  }

  /** Subtracts from a whole number, with no floor at 0. Types, sums past 2^53 and errors (CommandRejectedError, ...) as `incr`. */
  async decr(key: CacheKey, delta?: number, options?: VersionOptions): Promise<number>;
  async decr(key: CacheKey, delta: number | bigint, options?: VersionOptions): Promise<number | bigint>;
  async decr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    return this.count('decr', key, -deltaOf(this.space, 'decr', delta), options);
  }

  /**
   * Gives an entry the version `version + delta`, in one step and in place of what stood there: bytes and lifetime stay, to the
   * millisecond (where Django copies, then deletes). With a delta of 0 the entry stays as it is. The new version;
   * MissingCacheKeyError when there is no entry (a stored None is one), InvalidArgumentError when the version is no whole number.
   */
  async incrVersion(key: CacheKey, delta = 1, options: VersionOptions = {}): Promise<number> {
    return this.moveBy('incrVersion', key, safeDeltaOf(this.space, 'incrVersion', delta), options);
  }

  /** `incrVersion` by the negative. */
  async decrVersion(key: CacheKey, delta = 1, options: VersionOptions = {}): Promise<number> {
    return this.moveBy('decrVersion', key, -safeDeltaOf(this.space, 'decrVersion', delta), options);
  }

  /** @internal */
  protected async count(
    method: string,
    key: CacheKey,
    delta: number | bigint,
    options: VersionOptions,
  ): Promise<number | bigint> {
    if (this.space.herd)
      throw this.space.invalid(
        `${method}: a number in a HerdClient cache lies inside a pickle, where Redis can not count (Django: NotImplementedError). ` +
          'Count in a cache with DefaultClient.',
      );
    const stored = this.makeKey(key, options.version);
    const most = typeof delta === 'number' ? Number.MAX_SAFE_INTEGER : undefined;
    const sum = await this.backend.increment(stored, BigInt(delta), most);
    if (sum === null) throw new MissingCacheKeyError(formatKey(key), { alias: this.alias });
    const number = Number(sum);
    return Number.isSafeInteger(number) ? number : BigInt(sum);
  }

  /** @internal */
  protected async moveBy(method: string, key: CacheKey, delta: number, options: VersionOptions): Promise<number> {
    const from = this.space.versionOf(options.version);
    const to = WHOLE.test(from) ? Number(from) + delta : Number.NaN;
    if (!Number.isSafeInteger(to)) throw this.space.invalid(`${method}: expected versions that are whole numbers up to 2^53.`);
    const moved = await this.backend.move(this.makeKey(key, from), this.makeKey(key, to));
    if (!moved) throw new MissingCacheKeyError(formatKey(key), { alias: this.alias });
    return to;
  }
}

/** A whole number as Python writes it: the key of another text would be another key. */
const WHOLE = /^(?:0|-?[1-9]\d*)$/;
