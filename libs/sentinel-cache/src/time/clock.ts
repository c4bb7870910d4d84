/** Tells the time; tests bring their own clock. */
export interface Clock {
  /** Returns milliseconds since the epoch: for what is written down. */
  wallMs(): number;
  /**
   * Returns milliseconds that only go forward: for what is waited for, so that a wall clock that jumps ends
   * no deadline early.
   */
  monotonicMs(): number;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = Object.freeze({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

/**
 * Returns the milliseconds until a moment on the clock of `performance.now()`: at least 1, since a timer or
 * deadline of 0 has no meaning.
 */
export function msUntil(endsAtMs: number): number {
  return Math.max(1, endsAtMs - performance.now());
}
