import { AsyncLocalStorage } from 'node:async_hooks';

/** One run of a function that makes the value of a key, and the run that it is part of. */
interface Run {
  readonly key: string;
  isOver: boolean;
  around: Run | undefined;
}

/**
 * Which values the calling code is making: a function that asks for its own key must not wait for itself.
 *
 * What a function leaves behind (a timer, a subscription) is part of its run until that has ended.
 */
export class OwnWork {
  private readonly storage = new AsyncLocalStorage<Run>();
  private going = 0;

  /** Whether the calling code is part of a run for this key that has not ended. */
  isFor(key: string): boolean {
    for (let run = goingOn(this.storage.getStore()); run; run = run.around = goingOn(run.around))
      if (run.key === key) return true;
    return false;
  }

  /** Runs the function that makes the value of a key. Rejects as it does. */
  async run<T>(key: string, make: () => T | Promise<T>): Promise<T> {
    const run: Run = { key, isOver: false, around: goingOn(this.storage.getStore()) };
    this.going += 1;
    try {
      return await this.storage.run(run, make);
    } finally {
      run.isOver = true;
      this.going -= 1;
      // Up to Node 22 every promise of the process takes three times as long while there is a storage in use.
      if (this.going === 0) this.storage.disable();
    }
  }
}

/** The innermost run that goes on. Nobody holds those that are over: what they started may live for ever. */
function goingOn(run: Run | undefined): Run | undefined {
  let innermost = run;
  while (innermost?.isOver) innermost = innermost.around;
  return innermost;
}
