/**
 * Delays between attempts: doubling from the first to the last, 20 % either way, so that many clients do not
 * retry in step.
 */
export class Backoff {
  private attempts = 0;

  constructor(
    private readonly firstMs: number,
    private readonly lastMs: number | (() => number),
  ) {}

  /** Returns the next delay in milliseconds. */
  nextMs(): number {
    const lastMs = typeof this.lastMs === 'function' ? this.lastMs() : this.lastMs;
    const delay = Math.min(lastMs, this.firstMs * 2 ** Math.min(this.attempts, 16));
    this.attempts += 1;
    return delay * (0.8 + Math.random() * 0.4);
  }

  /** Starts with the first delay again. */
  reset(): void {
    this.attempts = 0;
  }
}
