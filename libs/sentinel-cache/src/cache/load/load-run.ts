import type { FactoryContext } from '../entry/cache-options.js';
import { waitedInVain, type Made } from '../entry/get-or-set.js';

/**
 * One run of the function that makes a value: its signal, and who waits for it. The signal aborts at the hard
 * timeout, or when all who waited have aborted. From then on nobody joins it, and who waits still makes a
 * value of its own.
 */
export class LoadRun {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private waiting = 0;
  /** Someone left with an older value: it is made for those who come later. */
  private isKept = false;
  /** The value, from when the function has ended until it is stored. */
  made: Made<unknown> | undefined;

  /** @param letGo ends the waiting of others for this run. */
  constructor(
    private readonly alias: string,
    private readonly letGo: () => void,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Begins to count the hard timeout. */
  limit(hardMs: number | undefined): void {
    if (hardMs === undefined) return;
    const late = (): void =>
      this.abort(waitedInVain(this.alias, 'deadline', `the function has not ended within ${hardMs} ms (hardTimeout).`));
    this.timer = setTimeout(late, hardMs);
    this.timer.unref();
  }

  /** The function has ended. */
  settle(): void {
    clearTimeout(this.timer);
  }

  /** So has all that follows. */
  end(): void {
    this.settle();
    this.made = undefined;
  }

  join(): void {
    this.waiting += 1;
  }

  /** Goes on in the background. */
  keep(): void {
    this.isKept = true;
  }

  /** A caller has aborted. */
  leave(reason: unknown): void {
    this.waiting -= 1;
    if (this.waiting <= 0 && !this.isKept) this.abort(reason);
  }

  /** Who waits is let go before the function hears of it: its error is not theirs. */
  private abort(reason: unknown): void {
    this.letGo();
    this.controller.abort(reason);
  }
}

/** What the function gets. The older value is read when it is asked for: most functions do not ask. */
export class RunContext implements FactoryContext<unknown> {
  private copied: { readonly value: unknown } | undefined;

  constructor(
    readonly signal: AbortSignal,
    private readonly copyOlder: () => unknown,
  ) {}

  get stale(): unknown {
    return (this.copied ??= { value: this.copyOlder() }).value;
  }
}
