const EVERY_MS = 10;
/** Timers of a healthy process are late by less. */
const WORTH_NOTING_MS = 15;

/** Notes when this process stood still, so that a call that was late with it is not held against the client. */
export class StallMeter {
  private stalls: { readonly fromMs: number; readonly toMs: number }[] = [];
  private lastMs = performance.now();
  private readonly timer = setInterval(() => this.tick(), EVERY_MS);

  /** How long the event loop stood still within that span, in milliseconds. */
  stalledMs(fromMs: number, toMs: number): number {
    this.tick();
    return this.stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(stall.toMs, toMs) - Math.max(stall.fromMs, fromMs)), 0);
  }

  /** Forgets what was before. */
  forget(beforeMs: number): void {
    this.stalls = this.stalls.filter(({ toMs }) => toMs >= beforeMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const nowMs = performance.now();
    if (nowMs - this.lastMs > EVERY_MS + WORTH_NOTING_MS) this.stalls.push({ fromMs: this.lastMs, toMs: nowMs });
    this.lastMs = nowMs;
  }
}
