/**
 * How long an entry lives: a positive whole number of milliseconds, for ever, or not at all.
 * Closed on purpose, so that 0 and null can never be mistaken for each other.
 */
export type Lifetime = number | 'forever' | 'already-expired';

/** A lifetime as users write it: seconds (as in Django), null for ever, or a number with its unit. */
export type Timeout = number | null | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WITH_UNIT = /^\s*(-?\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/;

/**
 * Redis adds the lifetime to its clock in signed 64 bits; JavaScript counts exactly to 2^53 ms (285 000
 * years).
 */
const LONGEST_MS = Number.MAX_SAFE_INTEGER - 10_000_000_000_000;

/**
 * Turns a user's timeout into a lifetime; `undefined` for anything else (NaN, Infinity, a word,
 * `true`). What is longer than 285 000 years is cut to that. Fractions of a millisecond are dropped, as
 * django-redis does: 0.0004 s is already expired.
 */
export function toLifetime(timeout: unknown): Lifetime | undefined {
  if (timeout === null) return 'forever';
  if (typeof timeout === 'number') return lifetimeOf(timeout, 1000);
  if (typeof timeout !== 'string') return undefined;
  const match = WITH_UNIT.exec(timeout);
  return match ? lifetimeOf(Number(match[1]), UNIT_MS[match[2]!]!) : undefined;
}

/**
 * Makes a lifetime of a number of units of `unitMs` milliseconds: 0 and less are already expired; undefined
 * for NaN and the infinities.
 */
export function lifetimeOf(count: number, unitMs: number): Lifetime | undefined {
  if (!Number.isFinite(count)) return undefined;
  const ms = count * unitMs;
  // 1.1 * 1000 is 1100.0000000000002 and 0.29 * 1000 is 290.00000000000006: cut below the microsecond first.
  const whole = Math.trunc(Math.round(ms * 1000) / 1000);
  if (whole <= 0) return 'already-expired';
  return Math.min(whole, LONGEST_MS);
}

/** A bare number above this is rather milliseconds than seconds: thirty days. */
const MOST_LIKELY_SECONDS = 30 * 86_400;

/**
 * Whether a timeout is a bare number of seconds so large that milliseconds were probably meant: more than
 * thirty days.
 */
export function isLikelyMilliseconds(timeout: unknown): timeout is number {
  return typeof timeout === 'number' && Number.isFinite(timeout) && timeout > MOST_LIKELY_SECONDS;
}

/** What to tell of such a timeout. */
export function wordsOfLikelyMilliseconds(seconds: number): string {
  const days = Math.round(seconds / 86_400);
  return `${seconds} are seconds, ${days} days: were milliseconds meant? Write '${days}d' if it is that long, else the seconds or '60s'`;
}

/** A timeout of whole seconds, written with its unit: for one that was counted and not written by hand. */
export function timeoutOfSeconds(seconds: number): Timeout {
  return Number.isSafeInteger(seconds) ? `${seconds}s` : seconds;
}

/** Milliseconds of that many seconds. */
export function msOfSeconds(seconds: number): number {
  return seconds * 1000;
}

/** Returns whole seconds of that many milliseconds, rounded down (Redis' TTL, HTTP's max-age). */
export function secondsOfMs(ms: number): number {
  return Math.floor(ms / 1000);
}
