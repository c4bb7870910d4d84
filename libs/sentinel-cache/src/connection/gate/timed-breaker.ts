import { CircuitBreaker } from './circuit-breaker.js';
import type { BreakerState } from '../contract/client-event.js';

/**
 * A circuit breaker with a clock and a timer, which runs only while there is no connection. Reports each
 * change once.
 */
export class TimedBreaker {
  private readonly breaker: CircuitBreaker;
  #timer: NodeJS.Timeout | undefined;
  private emitted: BreakerState = 'closed';
  private closed = false;
  private readonly failedTurns = new WeakSet<object>();

  constructor(
    limits: { readonly failures: number; readonly lastingMs: number },
    /** It opened, closed, or was probed for the first time in an outage. */
    private readonly onChange: (state: BreakerState) => void,
  ) {
    this.breaker = new CircuitBreaker(limits.failures, limits.lastingMs);
  }

  get isOpen(): boolean {
    return this.breaker.isOpen;
  }

  get state(): BreakerState {
    return this.breaker.state;
  }

  answered(): void {
    clearTimeout(this.#timer);
    this.breaker.answered();
    this.emit();
  }

  /**
   * A call or a round of attempts got no answer. Reads of one `turn`, which were asked together, count once.
   */
  failed(turn?: object): void {
    if (turn && this.failedTurns.has(turn)) return;
    if (turn) this.failedTurns.add(turn);
    this.breaker.failed(performance.now());
    this.settle();
  }

  /** There is no connection from now on. */
  cutOff(): void {
    this.breaker.cutOff(performance.now());
    this.settle();
  }

  probing(underWay: boolean): void {
    this.breaker.probing(underWay);
    this.emit();
  }

  /** Stops the timer. */
  close(): void {
    this.closed = true;
    clearTimeout(this.#timer);
    this.breaker.answered();
  }

  private settle(): void {
    this.emit();
    clearTimeout(this.#timer);
    if (this.closed) return;
    const atMs = this.breaker.countsAtMs;
    if (atMs === undefined) return;
    // A stalled event loop fires its timers before it reads its sockets: one look at what has arrived.
    this.#timer = setTimeout(() => setImmediate(() => this.pass()), Math.max(1, atMs - performance.now()));
  }

  private pass(): void {
    this.breaker.passed(performance.now());
    this.settle();
  }

  private emit(): void {
    const { state } = this.breaker;
    if (this.closed || state === this.emitted || (state === 'open' && this.emitted === 'half-open')) return;
    if (state === 'half-open' && this.emitted === 'closed') {
      this.emitted = 'open';
      this.onChange('open');
    }
    this.emitted = state;
    this.onChange(state);
  }
}
