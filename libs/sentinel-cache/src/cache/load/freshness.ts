/**
 * `fresh`: the answer. `early`: the answer, too, and this caller makes a new one already. `stale`: past its
 * timeout, and kept for a while.
 */
export type Freshness = 'fresh' | 'early' | 'stale';

/** What decides about an entry. */
export interface FreshnessFacts {
  /** What is left of its life in the backend, in milliseconds. */
  readonly lifeMs: number;
  /** How much of that is grace. */
  readonly graceMs: number;
  /** How early to begin (XFetch's beta); 0: not before the timeout. */
  readonly beta: number;
  /** How long making the value took last; undefined: unknown. */
  readonly tookMs: number | undefined;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

/**
 * Judges an entry by what is left of its life. XFetch: a caller begins early by `tookMs * beta` times an
 * exponentially distributed number, so that of many callers about one does.
 */
export function judgeFreshness({ lifeMs, graceMs, beta, tookMs = 0, random }: FreshnessFacts): Freshness {
  const freshMs = lifeMs - graceMs;
  if (freshMs <= 0) return 'stale';
  if (beta === 0 || tookMs <= 0) return 'fresh';
  // 1 - random: from above 0 to 1, whose logarithm is finite.
  return freshMs <= tookMs * beta * -Math.log(1 - random()) ? 'early' : 'fresh';
}
