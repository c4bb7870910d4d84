import { MissingCacheKeyError } from '../errors/missing-cache-key.error.js';
import { formatKey } from '../keys/format-key.js';
import type { CacheKey, VersionOptions } from './entry/cache-options.js';
import { deltaOf, safeDeltaOf } from './entry/call-arguments.js';
import { EntryLifetimes } from './entry-lifetimes.js';

/** Whole numbers that are counted on in one step. */
export abstract class EntryCounters extends EntryLifetimes {
  /**
   * Adds to a whole number in one step and gives back the sum, a bigint past 2^53; past 2^63 too, where Django's has a race. Keeps the
   * lifetime. MissingCacheKeyError when there is no entry, CommandRejectedError when it is no whole number: text, a float, a boolean,
   * null, and whatever else is stored through the serializer; it is left as it was.
   */
  async incr(key: CacheKey, delta: number | bigint = 1, options: VersionOptions = {}): Promise<number | bigint> {
    return this.count('incr', key, deltaOf(this.space, 'incr', delta), options);
  }

  /** `incr` by the negative; no floor at 0. */
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
  protected async count(method: string, key: CacheKey, delta: bigint, options: VersionOptions): Promise<number | bigint> {
    if (this.space.herd)
      throw this.space.invalid(
        `${method}: a number in a HerdClient cache lies inside a pickle, where Redis can not count (Django: NotImplementedError). ` +
          'Count in a cache with DefaultClient.',
      );
    const stored = this.makeKey(key, options.version);
    const sum = await this.backend.increment(stored, delta);
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
