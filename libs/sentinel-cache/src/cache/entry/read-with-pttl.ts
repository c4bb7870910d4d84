import type { LivingEntry } from '../../backends/port/backend.js';
import type { DecodeBudget } from '../../codec/budget/decode-budget.js';
import { NO_VALUE, type EntrySpace } from './entry-space.js';

/** A value and the time that its entry has left. */
export interface ValueWithPttl<T> {
  /** The value; `null` is a stored None. */
  readonly value: T | null;
  /** Milliseconds left; `null` when it does not expire. */
  readonly pttl: number | null;
}

/**
 * Returns what a reader gets of an entry, and the milliseconds that it has left: up to its soft end, if that
 * is to come; otherwise up to its expiry in Redis. Undefined: a miss.
 */
export function readWithPttl<T>(
  space: EntrySpace,
  storedKey: string,
  { bytes, life }: LivingEntry,
  budget?: DecodeBudget,
): ValueWithPttl<T> | undefined {
  const stored = space.readable(bytes, storedKey, budget);
  if (stored === NO_VALUE) return undefined;
  const left = life === 'forever' ? null : life;
  if (!space.herd) return { value: stored as T, pttl: left };
  const entry = space.herd.unpack(stored);
  const verdict = space.herd.judge(entry);
  if (verdict === 'refresh' || verdict === 'over') return undefined;
  const freshMs = entry.soft === undefined ? 0 : Math.floor(space.herd.freshMs(entry.soft));
  return { value: entry.value as T, pttl: freshMs > 0 && (left === null || freshMs < left) ? freshMs : left };
}
