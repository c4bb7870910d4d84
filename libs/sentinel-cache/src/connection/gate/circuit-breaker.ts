import type { BreakerState } from '../contract/client-event.js';

/**
 * Decides whether Redis is away: facts in, state out. Has neither timer nor clock; times are those of
 * `performance.now()`.
 *
 * - It opens after `threshold` failures in a row. A failure is the lack of any answer: a deadline that passed
 *   without a sign of life, a round of connection attempts without success, and each `lastingMs` without a
 *   connection.
 * - It closes at the first answer. The probes are the connection attempts of PrimaryKeeper, so that no caller
 *   is one.
 * - A refusal (`OOM`, `WRONGTYPE`, ...) is an answer.
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

  /**
   * When the time without a connection counts as the next failure; undefined while there is one, or the
   * breaker is open.
   */
  get countsAtMs(): number | undefined {
    return this.countingSinceMs === undefined || this.isOpen ? undefined : this.countingSinceMs + this.lastingMs;
  }

  /** A call was answered, or a connection proven. */
  answered(): void {
    this.failures = 0;
    this.countingSinceMs = undefined;
  }

  /** There is no connection from now on. */
  cutOff(nowMs: number): void {
    this.countingSinceMs ??= nowMs;
  }

  /** A call or a round of attempts got no answer. */
  failed(nowMs: number): void {
    this.failures += 1;
    if (this.countingSinceMs !== undefined) this.countingSinceMs = nowMs;
  }

  /** Counts the time without a connection until now. */
  passed(nowMs: number): void {
    while (this.countsAtMs !== undefined && this.countsAtMs <= nowMs) this.failed(this.countsAtMs);
  }

  /** An attempt to connect began, or ended. */
  probing(underWay: boolean): void {
    this.probeUnderWay = underWay;
  }
}
