import type { StoredBytes } from '../../backends/port/backend.js';
import { COUNT, countUpTo, orNull, pairsOf, SCORE_TEXT, type ReplyShape } from '../../connection/resp/reply-shape.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { VersionOptions } from '../entry/cache-options.js';
import { asItIs, type IterateOptions, type Members } from './cache-structure.js';
import { formatBound, formatScore, parseScore, type ScoreBound, type ScoredMember } from './scores.js';
import { SortedSetRanges } from './sorted-set-ranges.js';

/** Members with their scores: pairs, a Map, or an object whose keys are members that are text. */
export type Scores =
  ReadonlyMap<unknown, number> | readonly (readonly [member: unknown, score: number])[] | Readonly<Record<string, number>>;

/** Which members get a score. */
export interface ScoreConditions extends VersionOptions {
  /** Only members that are not there yet. Excludes the other conditions. */
  readonly nx?: boolean;
  /** Only members that are there. */
  readonly xx?: boolean;
  /** For members that are there, only a higher score. Excludes `lt`. */
  readonly gt?: boolean;
  /** For members that are there, only a lower score. Excludes `gt`. */
  readonly lt?: boolean;
}

/**
 * Sorted sets in Redis: members with a score each, in the order of their scores. A name is a key of the
 * cache; members are values, and two are the same when their stored bytes are; scores are floats, Infinity
 * and -Infinity among them.
 *
 * A sorted set lives until it is empty or deleted (`cache.delete`, `cache.expire`); TIMEOUT does not apply.
 * On locmem and dummy every call is a CommandRejectedError (`NOTSUPPORTED`).
 *
 * @example
 * ```ts
 * await cache.sortedSets.add('scores', { ada: 12, bob: 7 });
 * const best = await cache.sortedSets.reverseRange<string>('scores', 0, 9);
 * ```
 */
export class CacheSortedSets extends SortedSetRanges {
  /**
   * Writes scores (ZADD). Resolves to the number of new members; with `ch`, of those that are new or whose
   * score changed. Rejects as `count`, with CodecError for a member that can't be written, and with
   * InvalidArgumentError for a score that is no number.
   */
  async add(name: CacheKey, scores: Scores, options: ScoreConditions & { readonly ch?: boolean } = {}): Promise<number> {
    const key = this.keyOf(name, options);
    const pairs: (readonly [unknown, number])[] =
      Symbol.iterator in scores ? [...(scores as Iterable<readonly [unknown, number]>)] : Object.entries(scores);
    const flags = [...this.conditions(options), ...(options.ch ? ['CH'] : [])];
    const scored = pairs.map(([member, score]) => [member, formatScore(score, this.space)] as const);
    const args = (): StoredBytes[] => [...flags, ...scored.flatMap(([member, score]) => [score, this.space.encode(member, key)])];
    if (pairs.length === 0) return 0;
    return this.write({ name: 'ZADD', keys: [key], args, reply: countUpTo(pairs.length), result: asItIs, neutral: 0 });
  }

  /**
   * Adds to a member's score (ZINCRBY; with conditions ZADD INCR); a new member counts as 0. Resolves to the
   * sum; to `undefined` when a condition was not met, and during an outage with IGNORE_EXCEPTIONS. Rejects as
   * `add`.
   */
  async incrBy(name: CacheKey, member: unknown, delta: number, options: ScoreConditions = {}): Promise<number | undefined> {
    const key = this.keyOf(name, options);
    const flags = [...this.conditions(options), 'INCR', formatScore(delta, this.space)];
    const args = (): StoredBytes[] => [...flags, this.space.encode(member, key)];
    return this.write({ name: 'ZADD', keys: [key], args, reply: orNull(SCORE_TEXT), result: scoreOrNone, neutral: undefined });
  }

  /** Resolves to the number of members (ZCARD). Rejects as `count`. */
  async card(name: CacheKey, options: VersionOptions = {}): Promise<number> {
    return this.read({ name: 'ZCARD', keys: [this.keyOf(name, options)], reply: COUNT, result: asItIs, neutral: 0 });
  }

  /**
   * Resolves to the number of members with a score from `min` to `max` (ZCOUNT). Rejects with
   * InvalidArgumentError for an invalid bound, with CommandRejectedError, and with CacheUnavailableError.
   */
  async count(name: CacheKey, min: ScoreBound, max: ScoreBound, options: VersionOptions = {}): Promise<number> {
    const args = [formatBound(min, this.space), formatBound(max, this.space)];
    return this.read({ name: 'ZCOUNT', keys: [this.keyOf(name, options)], args, reply: COUNT, result: asItIs, neutral: 0 });
  }

  /** Resolves to a member's score (ZSCORE); `undefined` when it is not in the set. Rejects as `add`. */
  async score(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<number | undefined> {
    return this.ofMember('ZSCORE', name, member, SCORE_TEXT, options);
  }

  /**
   * Resolves to a member's place from 0, lowest score first (ZRANK); `undefined` when it is not in the set.
   * Rejects as `add`.
   */
  async rank(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<number | undefined> {
    return this.ofMember('ZRANK', name, member, COUNT, options);
  }

  /**
   * Resolves to a member's place from 0, highest score first (ZREVRANK); `undefined` when it is not in the
   * set. Rejects as `add`.
   */
  async reverseRank(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<number | undefined> {
    return this.ofMember('ZREVRANK', name, member, COUNT, options);
  }

  /**
   * Goes through members and scores one by one, in batches (ZSCAN). One that is there all the time comes at
   * least once. Rejects as `popMax`.
   */
  async *iterate<T = unknown>(name: CacheKey, options: IterateOptions = {}): AsyncGenerator<ScoredMember<T>, void, void> {
    const { version, ...how } = options;
    const key = this.keyOf(name, { version });
    for await (const batch of this.batches({ name: 'ZSCAN', key, ...how })) yield* this.scored<T>(batch, key);
  }

  /**
   * Removes the member with the highest score (ZPOPMAX) and resolves to it; `undefined` when the set is
   * empty. Rejects with CommandRejectedError, with CodecError for bytes that can't be read, and with
   * CacheUnavailableError.
   */
  async popMax<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<ScoredMember<T> | undefined> {
    return (await this.popMaxMany<T>(name, 1, options))[0];
  }

  /**
   * Removes up to `count` members, highest score first (ZPOPMAX), and resolves to them. Rejects as `popMax`.
   */
  async popMaxMany<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<ScoredMember<T>[]> {
    return this.popped<T>('ZPOPMAX', name, count, options);
  }

  /**
   * Removes the member with the lowest score (ZPOPMIN) and resolves to it; `undefined` when the set is empty.
   * Rejects as `popMax`.
   */
  async popMin<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<ScoredMember<T> | undefined> {
    return (await this.popMinMany<T>(name, 1, options))[0];
  }

  /**
   * Removes up to `count` members, lowest score first (ZPOPMIN), and resolves to them. Rejects as `popMax`.
   */
  async popMinMany<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<ScoredMember<T>[]> {
    return this.popped<T>('ZPOPMIN', name, count, options);
  }

  /** Removes members (ZREM). Resolves to the number that were in the set. Rejects as `add`. */
  async remove(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<number> {
    const key = this.keyOf(name, options);
    const list = this.listOf(members);
    const args = (): StoredBytes[] => this.encodeAll(list, key);
    if (list.length === 0) return 0;
    return this.write({ name: 'ZREM', keys: [key], args, reply: countUpTo(list.length), result: asItIs, neutral: 0 });
  }

  /**
   * Removes the members with a score from `min` to `max` (ZREMRANGEBYSCORE). Resolves to their number.
   * Rejects as `count`.
   */
  async removeRangeByScore(name: CacheKey, min: ScoreBound, max: ScoreBound, options: VersionOptions = {}): Promise<number> {
    const args = [formatBound(min, this.space), formatBound(max, this.space)];
    return this.write({
      name: 'ZREMRANGEBYSCORE',
      keys: [this.keyOf(name, options)],
      args,
      reply: COUNT,
      result: asItIs,
      neutral: 0,
    });
  }

  private conditions({ nx, xx, gt, lt }: ScoreConditions): string[] {
    if ((nx && (xx || gt || lt)) || (gt && lt))
      throw this.space.invalid('sortedSets: nx excludes xx, gt and lt, and gt excludes lt. Give one of them.');
    return [nx && 'NX', xx && 'XX', gt && 'GT', lt && 'LT'].filter((flag) => typeof flag === 'string');
  }

  private async popped<T>(command: string, name: CacheKey, count: number, options: VersionOptions): Promise<ScoredMember<T>[]> {
    const key = this.keyOf(name, options);
    const result = (reply: readonly Buffer[]): ScoredMember<T>[] => this.scored<T>(reply, key);
    return this.write({ name: command, keys: [key], args: [count], reply: pairsOf(SCORE_TEXT, count), result, neutral: [] });
  }

  private async ofMember(
    command: string,
    name: CacheKey,
    member: unknown,
    reply: ReplyShape<Buffer | number>,
    options: VersionOptions,
  ): Promise<number | undefined> {
    const key = this.keyOf(name, options);
    const args = [this.space.encode(member, key)];
    return this.read({ name: command, keys: [key], args, reply: orNull(reply), result: scoreOrNone, neutral: undefined });
  }
}

function scoreOrNone(reply: Buffer | number | null): number | undefined {
  return reply === null ? undefined : parseScore(reply);
}
