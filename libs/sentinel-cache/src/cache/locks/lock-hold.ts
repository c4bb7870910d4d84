import { LONGEST_TIMER_MS } from '../../time/time-limit.js';

/** One holding of a lock: its token, and how long it lasts by our own clock, which began before Redis' did. */
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

  /** A signal that fires when the lock is lost as far as is known here, or when `outer` does. Until `settle`. */
  watch(outer: AbortSignal | undefined, lostReason: () => unknown): AbortSignal {
    const follow = (): void => this.lose(outer?.reason);
    if (outer?.aborted) follow();
    outer?.addEventListener('abort', follow, { once: true });
    this.stopFollowing = () => outer?.removeEventListener('abort', follow);
    this.lostReason = lostReason;
    this.arm();
    return this.controller.signal;
  }

  /** It lasts until then. */
  last(endsAtMs: number): void {
    this.endsAtMs = endsAtMs;
    if (this.timer) this.arm();
  }

  /** It lasts that much longer. */
  prolong(ms: number): void {
    this.last(this.endsAtMs + ms);
  }

  lose(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** No timer and no listener is left. */
  settle(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stopFollowing?.();
  }

  /** Looks again at the end: it may last longer than timers do. */
  private arm(): void {
    clearTimeout(this.timer);
    const leftMs = this.endsAtMs - performance.now();
    if (leftMs <= 0) this.lose(this.lostReason?.());
    else if (leftMs !== Infinity) this.timer = setTimeout(() => this.arm(), Math.min(leftMs, LONGEST_TIMER_MS));
  }
}
