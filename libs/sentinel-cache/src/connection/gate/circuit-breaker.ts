import type { BreakerState } from '../contract/client-event.js';

/**
 * Whether Redis is away: facts in, state out. No timer and no clock in here: whoever tells a fact tells the monotonic time with it.
 *
 * - It opens after `threshold` failures in a row. A failure is the lack of any answer: a deadline that passed without a sign of life,
 *   a round of connection attempts that came to nothing, and each `lastingMs` that pass without a connection.
 * - It closes at the first answer. The probes are the keeper's own connection attempts, so that no caller is ever one.
 * - A refusal (`OOM`, `WRONGTYPE`, ...) is an answer.
 *
 * The libraries for this (cockatiel, opossum) wrap single calls and use up callers as probes; here one connection is shared by all
 * calls, and it is known better than by any call's outcome whether it stands.
 */
export class CircuitBreaker {
  private failures = 0;
  private countingSinceMs: number | undefined;
  private probeUnderWay = false;

  constructor(
    private readonly threshold: number,
    private readonly lastingMs: number,
  ) {}

  get isOpen(): boolean {
    return this.failures >= this.threshold;
  }

  get state(): BreakerState {
    return !this.isOpen ? 'closed' : this.probeUnderWay ? 'half-open' : 'open';
  }

  /** When the time without a connection is the next failure; undefined while there is one, and when it is open already. */
  get countsAtMs(): number | undefined {
    return this.countingSinceMs === undefined || this.isOpen ? undefined : this.countingSinceMs + this.lastingMs;
  }

  /** Somebody answered, or a connection was proven. */
  answered(): void {
    this.failures = 0;
    this.countingSinceMs = undefined;
  }

  /** There is no connection from here on. */
  cutOff(nowMs: number): void {
    this.countingSinceMs ??= nowMs;
  }

  /** Nobody answered. */
  failed(nowMs: number): void {
    this.failures += 1;
    if (this.countingSinceMs !== undefined) this.countingSinceMs = nowMs;
  }

  /** So late is it now. */
  passed(nowMs: number): void {
    while (this.countsAtMs !== undefined && this.countsAtMs <= nowMs) this.failed(this.countsAtMs);
  }

  /** A new connection is being tried, or that came to an end. */
  probing(underWay: boolean): void {
    this.probeUnderWay = underWay;
  }
}
