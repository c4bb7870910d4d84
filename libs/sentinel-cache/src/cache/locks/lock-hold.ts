import { LONGEST_TIMER_MS } from '../../time/time-limit.js';

/**
 * One hold of a lock: its token, and until when it lasts by our own clock, which started before Redis' did.
 */
export class LockHold {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private lostReason: (() => unknown) | undefined;
  private stopFollowing: (() => void) | undefined;

  /** @param endsAtMs on the monotonic clock; Infinity: never. */
  constructor(
    readonly token: string,
    private endsAtMs: number,
  ) {}

  /**
   * Returns a signal that aborts when the lock is lost as far as is known here, or when `outer` aborts. Works
   * until `settle`.
   */
  watch(outer: AbortSignal | undefined, lostReason: () => unknown): AbortSignal {
    const follow = (): void => this.lose(outer?.reason);
    if (outer?.aborted) follow();
    outer?.addEventListener('abort', follow, { once: true });
    this.stopFollowing = () => outer?.removeEventListener('abort', follow);
    this.lostReason = lostReason;
    this.arm();
    return this.controller.signal;
  }

  /** Sets the end of the hold. */
  last(endsAtMs: number): void {
    this.endsAtMs = endsAtMs;
    if (this.timer) this.arm();
  }

  /** Extends the hold. */
  prolong(ms: number): void {
    this.last(this.endsAtMs + ms);
  }

  lose(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** Ends the watch: removes its timer and listener. */
  settle(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stopFollowing?.();
  }

  /** Looks again when a timer ends: the hold may last longer than timers do. */
  private arm(): void {
    clearTimeout(this.timer);
    const leftMs = this.endsAtMs - performance.now();
    if (leftMs <= 0) this.lose(this.lostReason?.());
    else if (leftMs !== Infinity) this.timer = setTimeout(() => this.arm(), Math.min(leftMs, LONGEST_TIMER_MS));
  }
}
