/** A time to wait for is this many looks at the clock, one after the other. */
const LOOKS = 4;

/**
 * A time during which somebody may still be waited for. As with a deadline, this process' own pause (a long task, a frozen machine) uses up a
 * quarter of it at most, and what has arrived meanwhile is read before it ends.
 */
export class Patience {
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;

  constructor(
    private readonly forMs: number,
    private readonly onEnd: () => void,
  ) {}

  get lasts(): boolean {
    return this.timer !== undefined;
  }

  /** Begins it; what has begun goes on as it was, so that nobody can draw it out. */
  begin(): void {
    if (this.lasts) return;
    this.looks = 0;
    this.lookLater();
  }

  /** Ends it without a word. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private lookLater(): void {
    this.timer = setTimeout(() => {
      this.looks += 1;
      if (this.looks < LOOKS) this.lookLater();
      // A busy event loop fires timers before it reads sockets.
      else setImmediate(() => this.finish());
    }, this.forMs / LOOKS);
  }

  private finish(): void {
    if (!this.lasts) return;
    this.end();
    this.onEnd();
  }
}
