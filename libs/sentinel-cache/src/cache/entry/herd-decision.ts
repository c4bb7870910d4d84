import type { Clock } from '../../time/clock.js';
import { secondsOfMs } from '../../time/lifetime.js';

/** What decides about an entry past its soft end: the time and a chance, both to be replaced in tests. */
export interface HerdChance {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
}

/**
 * `fresh`: its time has not come. `stale`: it has, and this reader gets it all the same. `refresh`: for this reader it is a miss, so that
 * it makes the value anew, while others get the old one. `over`: nobody gets it any more.
 */
export type HerdVerdict = 'fresh' | 'stale' | 'refresh' | 'over';

/**
 * How one reader takes an entry whose soft end is the unix second `soft`, where entries are kept for `herdSeconds` past it.
 * Past it by x seconds a reader is sent to refresh with the chance (x + 1) / herdSeconds, and for certain from x = herdSeconds - 1 on.
 */
export function judgeHerd(soft: number, herdSeconds: number, { clock, random }: HerdChance): HerdVerdict {
  const overdue = unixSecond(clock) - soft;
  if (overdue <= 0) return 'fresh';
  if (overdue >= herdSeconds) return 'over';
  return random() * herdSeconds < overdue + 1 ? 'refresh' : 'stale';
}

/** Whole seconds since the epoch, as Python's `int(time.time())`. */
export function unixSecond(clock: Pick<Clock, 'wallMs'>): number {
  return secondsOfMs(clock.wallMs());
}
