import type { EntrySpace } from '../entry/entry-space.js';

/** A member of a sorted set with its score. */
export interface ScoredMember<T> {
  /** The member. */
  readonly member: T;
  /** Its score; may be infinite. */
  readonly score: number;
}

/**
 * An end of a range of scores: a number (`Infinity` and `-Infinity` for no bound), or `'(1.5'` to leave 1.5
 * itself out.
 */
export type ScoreBound = number | `(${number}`;

/** Writes a score for Redis. Throws InvalidArgumentError for NaN and all but numbers. */
export function formatScore(score: number, space: EntrySpace): string {
  if (typeof score !== 'number' || Number.isNaN(score)) throw space.invalid(`score: expected a number, got ${typeof score}.`);
  return score === Infinity ? '+inf' : score === -Infinity ? '-inf' : String(score);
}

/** Writes an end of a range for Redis. Throws InvalidArgumentError. */
export function formatBound(bound: ScoreBound, space: EntrySpace): string {
  if (typeof bound !== 'string') return formatScore(bound, space);
  const number = bound.startsWith('(') && bound.length > 1 ? Number(bound.slice(1)) : Number.NaN;
  if (Number.isNaN(number)) throw space.invalid("score: expected a number, or text such as '(1.5' for more than 1.5.");
  return `(${formatScore(number, space)}`;
}

/** Reads a score as Redis writes it: exact, with `inf` and `-inf`. */
export function parseScore(reply: Buffer | number): number {
  const text = String(reply);
  return text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text);
}
