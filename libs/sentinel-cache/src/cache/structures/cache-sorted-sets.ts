import type { StoredBytes } from '../../backends/port/backend.js';
import { COUNT, countUpTo, orNull, pairsOf, SCORE_TEXT, type ReplyShape } from '../../connection/resp/reply-shape.js';
import type { CacheKey, VersionOptions } from '../entry/cache-options.js';
import { asItIs, type IterateOptions, type Members } from './cache-structure.js';
import { formatBound, formatScore, parseScore, type ScoreBound, type ScoredMember } from './scores.js';
import { SortedSetRanges } from './sorted-set-ranges.js';

/** Members with their scores. The keys of an object are members that are text. */
export type Scores =
  ReadonlyMap<unknown, number> | readonly (readonly [member: unknown, score: number])[] | Readonly<Record<string, number>>;

/** Which members a score is written for. */
export interface ScoreConditions extends VersionOptions {
  /** Only new ones. Not with the others. */
  readonly nx?: boolean;
  /** Only those that are there. */
  readonly xx?: boolean;
  /** Of those that are there, only where the score grows. Not with `lt`. */
  readonly gt?: boolean;
  /** Of those that are there, only where the score shrinks. */
  readonly lt?: boolean;
}

/**
 * Sorted sets in Redis: members with a score each, in the order of their scores. A name is a key of the cache; members are values,
 * and two are the same when their stored bytes are; scores are floats, Infinity and -Infinity among them.
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
  /** Writes scores; how many members are new, with `ch` how many are new or have another score (zadd). */
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
   * Adds to a member's score, 0 when it is new, and gives back the sum (zincrby; with conditions zadd's incr). Undefined when a condition
   * was not met, and during an outage with IGNORE_EXCEPTIONS.
   */
  async incrBy(name: CacheKey, member: unknown, delta: number, options: ScoreConditions = {}): Promise<number | undefined> {
    const key = this.keyOf(name, options);
    const flags = [...this.conditions(options), 'INCR', formatScore(delta, this.space)];
    const args = (): StoredBytes[] => [...flags, this.space.encode(member, key)];
    return this.write({ name: 'ZADD', keys: [key], args, reply: orNull(SCORE_TEXT), result: scoreOrNone, neutral: undefined });
  }

  /** How many members it has (zcard). */
  async card(name: CacheKey, options: VersionOptions = {}): Promise<number> {
    return this.read({ name: 'ZCARD', keys: [this.keyOf(name, options)], reply: COUNT, result: asItIs, neutral: 0 });
  }

  /** How many members have a score from `min` to `max` (zcount). */
  async count(name: CacheKey, min: ScoreBound, max: ScoreBound, options: VersionOptions = {}): Promise<number> {
    const args = [formatBound(min, this.space), formatBound(max, this.space)];
    return this.read({ name: 'ZCOUNT', keys: [this.keyOf(name, options)], args, reply: COUNT, result: asItIs, neutral: 0 });
  }

  /** A member's score; undefined when it is none (zscore). */
  async score(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<number | undefined> {
    return this.ofMember('ZSCORE', name, member, SCORE_TEXT, options);
  }

  /** A member's place, the lowest score first, from 0; undefined when it is none (zrank). */
  async rank(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<number | undefined> {
    return this.ofMember('ZRANK', name, member, COUNT, options);
  }

  /** A member's place, the highest score first, from 0; undefined when it is none (ZREVRANK). */
  async reverseRank(name: CacheKey, member: unknown, options: VersionOptions = {}): Promise<number | undefined> {
    return this.ofMember('ZREVRANK', name, member, COUNT, options);
  }

  /** Members with their scores one by one, asked for in batches (ZSCAN); one that is there all the time comes at least once. */
  async *iterate<T = unknown>(name: CacheKey, options: IterateOptions = {}): AsyncGenerator<ScoredMember<T>, void, void> {
    const { version, ...how } = options;
    const key = this.keyOf(name, { version });
    for await (const batch of this.batches({ name: 'ZSCAN', key, ...how })) yield* this.scored<T>(batch, key);
  }

  /** Takes out the member with the highest score (zpopmax); undefined when there is none. */
  async popMax<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<ScoredMember<T> | undefined> {
    return (await this.popMaxMany<T>(name, 1, options))[0];
  }

  /** Takes out so many, the highest score first (zpopmax with a count). */
  async popMaxMany<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<ScoredMember<T>[]> {
    return this.popped<T>('ZPOPMAX', name, count, options);
  }

  /** Takes out the member with the lowest score (zpopmin); undefined when there is none. */
  async popMin<T = unknown>(name: CacheKey, options: VersionOptions = {}): Promise<ScoredMember<T> | undefined> {
    return (await this.popMinMany<T>(name, 1, options))[0];
  }

  /** Takes out so many, the lowest score first (zpopmin with a count). */
  async popMinMany<T = unknown>(name: CacheKey, count: number, options: VersionOptions = {}): Promise<ScoredMember<T>[]> {
    return this.popped<T>('ZPOPMIN', name, count, options);
  }

  /** How many of them there were (zrem). */
  async remove(name: CacheKey, members: Members, options: VersionOptions = {}): Promise<number> {
    const key = this.keyOf(name, options);
    const list = this.listOf(members);
    const args = (): StoredBytes[] => this.encodeAll(list, key);
    if (list.length === 0) return 0;
    return this.write({ name: 'ZREM', keys: [key], args, reply: countUpTo(list.length), result: asItIs, neutral: 0 });
  }

  /** Removes the members with a score from `min` to `max`; how many (zremrangebyscore). */
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
      throw this.space.invalid('sortedSets: nx goes with none of xx, gt and lt, and gt not with lt.');
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
