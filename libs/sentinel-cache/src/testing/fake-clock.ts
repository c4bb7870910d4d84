import type { Clock } from '../time/clock.js';

/**
 * A clock that stands still until `advance` is called. Both readings go forward together, unless the wall
 * clock is set.
 */
export class FakeClock implements Clock {
  private elapsedMs = 0;

  /** @param startMs what the wall clock shows: milliseconds since the epoch. */
  constructor(private startMs = Date.UTC(2026, 0, 1)) {}

  wallMs(): number {
    return this.startMs + this.elapsedMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  /** Lets milliseconds pass. Throws a RangeError for a negative number: monotonic time never goes back. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`advance: expected 0 ms or more, got ${ms}. Turn the wall clock back with setWall().`);
    this.elapsedMs += ms;
  }

  /** Sets the wall clock, back or forth; no time passes. */
  setWall(ms: number): void {
    this.startMs = ms - this.elapsedMs;
  }
}
