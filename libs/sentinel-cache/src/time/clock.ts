/** Where the time comes from; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch: for what is written down. */
  wallMs(): number;
  /**
   * Milliseconds that only go forward: for what is waited for. A wall clock that jumps ends no deadline
   * early.
   */
  monotonicMs(): number;
}

export const SYSTEM_CLOCK: Clock = Object.freeze({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});
