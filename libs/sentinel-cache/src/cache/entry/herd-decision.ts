import type { Clock } from '../../time/clock.js';
import { secondsOfMs } from '../../time/lifetime.js';

/** The clock and the chance that decide about an entry past its soft end; tests replace both. */
export interface HerdChance {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

/**
 * `fresh`: its soft end is not past. `stale`: it is, and this reader still gets the value. `refresh`: a miss
 * for this reader, who makes the value anew while others get the old one. `over`: a miss for every reader.
 */
export type HerdVerdict = 'fresh' | 'stale' | 'refresh' | 'over';

/**
 * Decides what one reader gets of an entry whose soft end is the unix second `soft`, where entries are kept
 * for `herdSeconds` past it. At x seconds past it the chance of `refresh` is (x + 1) / herdSeconds, so it is
 * certain from x = herdSeconds - 1 on.
 */
export function judgeHerd(soft: number, herdSeconds: number, { clock, random }: HerdChance): HerdVerdict {
  const overdue = unixSecond(clock) - soft;
  if (overdue <= 0) return 'fresh';
  if (overdue >= herdSeconds) return 'over';
  return random() * herdSeconds < overdue + 1 ? 'refresh' : 'stale';
}

/** Returns whole seconds since the epoch, as Python's `int(time.time())`. */
export function unixSecond(clock: Pick<Clock, 'wallMs'>): number {
  return secondsOfMs(clock.wallMs());
}
