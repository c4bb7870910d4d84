import type { CacheKey } from '../../keys/format-key.js';
import type { VersionOptions } from '../entry/cache-options.js';
import { pairsOf, SCORE_TEXT, STRINGS } from '../../connection/resp/reply-shape.js';
import { NO_VALUE } from '../entry/entry-space.js';
import { CacheStructure } from './cache-structure.js';
import { formatBound, parseScore, type ScoreBound, type ScoredMember } from './scores.js';

/** Options of reads by place. */
export interface RangeOptions extends VersionOptions {
  /** Return `{ member, score }` instead of members. */
  readonly withScores?: boolean;
}

/** Options of reads by score. */
export interface ScoreRangeOptions extends RangeOptions {
  /** Number of members to skip. */
  readonly offset?: number;
  /** Maximum number of members to return. */
  readonly limit?: number;
}

/** Asks for members with their scores. */
export interface WithScores {
  /** Return `{ member, score }` instead of members. */
  readonly withScores: true;
}

/** Reads of sorted sets by place or score. */
export abstract class SortedSetRanges extends CacheStructure {
  /**
   * Reads the members from place `start` to `stop`, both included, lowest score first (ZRANGE); -1 is the
   * last place. Rejects with CommandRejectedError, with CodecError for bytes that can't be read, and with
   * CacheUnavailableError.
   */
  async range<T = unknown>(
    name: CacheKey,
    start: number,
    stop: number,
    options: RangeOptions & WithScores,
  ): Promise<ScoredMember<T>[]>;
  async range<T = unknown>(name: CacheKey, start: number, stop: number, options?: RangeOptions): Promise<T[]>;
  async range<T>(name: CacheKey, start: number, stop: number, options: RangeOptions = {}): Promise<(T | ScoredMember<T>)[]> {
    return this.between<T>('ZRANGE', name, [start, stop], options);
  }

  /** Reads as `range`, highest score first (ZREVRANGE). Rejects as `range`. */
  async reverseRange<T = unknown>(
    name: CacheKey,
    start: number,
    stop: number,
    options: RangeOptions & WithScores,
  ): Promise<ScoredMember<T>[]>;
  async reverseRange<T = unknown>(name: CacheKey, start: number, stop: number, options?: RangeOptions): Promise<T[]>;
  async reverseRange<T>(
    name: CacheKey,
    start: number,
    stop: number,
    options: RangeOptions = {},
  ): Promise<(T | ScoredMember<T>)[]> {
    return this.between<T>('ZREVRANGE', name, [start, stop], options);
  }

  /**
   * Reads the members with a score from `min` to `max`, lowest first (ZRANGEBYSCORE). Rejects as `range`, and
   * with InvalidArgumentError for an invalid bound.
   */
  async rangeByScore<T = unknown>(
    name: CacheKey,
    min: ScoreBound,
    max: ScoreBound,
    options: ScoreRangeOptions & WithScores,
  ): Promise<ScoredMember<T>[]>;
  async rangeByScore<T = unknown>(name: CacheKey, min: ScoreBound, max: ScoreBound, options?: ScoreRangeOptions): Promise<T[]>;
  async rangeByScore<T>(
    name: CacheKey,
    min: ScoreBound,
    max: ScoreBound,
    options: ScoreRangeOptions = {},
  ): Promise<(T | ScoredMember<T>)[]> {
    const bounds = [formatBound(min, this.space), formatBound(max, this.space)];
    return this.between<T>('ZRANGEBYSCORE', name, bounds, options);
  }

  /**
   * Reads as `rangeByScore`, highest score first, with `max` before `min` as in Django (ZREVRANGEBYSCORE).
   * Rejects as `rangeByScore`.
   */
  async reverseRangeByScore<T = unknown>(
    name: CacheKey,
    max: ScoreBound,
    min: ScoreBound,
    options: ScoreRangeOptions & WithScores,
  ): Promise<ScoredMember<T>[]>;
  async reverseRangeByScore<T = unknown>(
    name: CacheKey,
    max: ScoreBound,
    min: ScoreBound,
    options?: ScoreRangeOptions,
  ): Promise<T[]>;
  async reverseRangeByScore<T>(
    name: CacheKey,
    max: ScoreBound,
    min: ScoreBound,
    options: ScoreRangeOptions = {},
  ): Promise<(T | ScoredMember<T>)[]> {
    const bounds = [formatBound(max, this.space), formatBound(min, this.space)];
    return this.between<T>('ZREVRANGEBYSCORE', name, bounds, options);
  }

  /** Reads a reply in which each member is followed by its score. */
  protected scored<T>(flat: readonly Buffer[], key: string): ScoredMember<T>[] {
    const pairs: ScoredMember<T>[] = [];
    const budget = this.space.newBudget();
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const member = this.space.readable(flat[i]!, key, budget);
      if (member !== NO_VALUE) pairs.push({ member: member as T, score: parseScore(flat[i + 1]!) });
    }
    return pairs;
  }

  private async between<T>(
    command: string,
    name: CacheKey,
    [from, to]: readonly (string | number)[],
    { withScores, offset, limit, ...options }: ScoreRangeOptions,
  ): Promise<(T | ScoredMember<T>)[]> {
    const key = this.keyOf(name, options);
    const part = offset === undefined && limit === undefined ? [] : ['LIMIT', offset ?? 0, limit ?? -1];
    const args = [from!, to!, ...(withScores ? ['WITHSCORES'] : []), ...part];
    const reply = withScores ? pairsOf(SCORE_TEXT) : STRINGS;
    const result = (found: readonly Buffer[]): (T | ScoredMember<T>)[] =>
      withScores ? this.scored<T>(found, key) : this.many<T>(found, key);
    return this.read({ name: command, keys: [key], args, reply, result, neutral: [] });
  }
}
