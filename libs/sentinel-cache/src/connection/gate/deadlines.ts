/** An item with a deadline, linked to those that started before and after it. */
export interface Timed<Item> {
  /** On the clock of `performance.now()`. */
  readonly startedAtMs: number;
  deadlines: { remove(item: Item): void } | undefined;
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * Ends calls whose time is over. All of them have the same time, so that one timer does for the one that
 * began first; each call is a link of a list, since a timer for each would cost more than sending it.
 */
export class Deadlines<Item extends Timed<Item>> {
  private first: Item | undefined;
  private last: Item | undefined;
  #timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly lengthMs: number,
    private readonly onLate: (call: Item) => void,
  ) {}

  /** Starts the time of a call that began now. */
  add(call: Item): void {
    call.deadlines = this;
    call.before = this.last;
    if (this.last) this.last.after = call;
    else this.first = call;
    this.last = call;
    if (!this.#timer) this.wait(this.lengthMs);
  }

  /** Stops the time of a call. */
  remove(call: Item): void {
    if (call.deadlines !== this) return;
    const { before, after } = call;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
    call.deadlines = call.before = call.after = undefined;
    if (this.closed && !this.first) this.stop();
  }

  /** Ends the timer as soon as no call needs it any more. */
  close(): void {
    this.closed = true;
    if (!this.first) this.stop();
  }

  private wait(ms: number): void {
    this.#timer = setTimeout(() => this.pass(), Math.max(1, ms));
  }

  private stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  private pass(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (let call = this.first; call; call = this.first) {
      const leftMs = call.startedAtMs + this.lengthMs - nowMs;
      if (leftMs > 0) {
        // `onLate` may have added a call, whose whole length would be too long for the first one.
        this.stop();
        return this.wait(leftMs);
      }
      this.remove(call);
      this.onLate(call);
    }
  }
}
