/** The time is cut into this many parts, one timer after the other. */
const PARTS = 4;

/**
 * A timer that tolerates stalls of this process (a long task, a frozen machine): a stall uses up a quarter of
 * the time at most, and what has arrived meanwhile is read before the time ends. So a stall here never looks
 * like the silence of others.
 */
export class StallTolerantTimer {
  private timer: NodeJS.Timeout | undefined;
  private partsLeft = 0;

  constructor(
    private readonly forMs: number,
    private readonly onEnd: () => void,
    /** Whether a program may exit meanwhile. Default: it may not. */
    private readonly options: { readonly unref?: boolean } = {},
  ) {}

  /** Whether it has begun and not ended. */
  get isRunning(): boolean {
    return this.timer !== undefined;
  }

  /** Starts it. One that runs already goes on unchanged. */
  start(): void {
    if (this.isRunning) return;
    this.partsLeft = PARTS;
    this.next();
  }

  /** Stops it without calling back. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private next(): void {
    this.timer = setTimeout(() => {
      this.partsLeft -= 1;
      if (this.partsLeft > 0) this.next();
      // A busy event loop fires timers before it reads sockets.
      else setImmediate(() => this.finish());
    }, this.forMs / PARTS);
    if (this.options.unref) this.timer.unref();
  }

  private finish(): void {
    if (!this.isRunning) return;
    this.stop();
    this.onEnd();
  }
}

/**
 * Settles as `work` does, or rejects with `late()` after `ms` milliseconds. What the work brings later is
 * dropped.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: StallTolerantTimer | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = new StallTolerantTimer(ms, () => reject(late()));
    timer.start();
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    timer?.stop();
    work.catch(() => undefined);
  }
}
