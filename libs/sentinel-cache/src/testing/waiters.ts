/** Holds calls for some time, and can wake them before it is over. */
export class Waiters<Call> {
  private readonly wakes = new Map<() => void, Call>();

  /** Resolves after `ms` milliseconds, or when it is woken: then to true. */
  wait(call: Call, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isCutShort: boolean): void => {
        clearTimeout(timer);
        this.wakes.delete(wake);
        resolve(isCutShort);
      };
      const wake = (): void => end(true);
      const timer = setTimeout(() => end(false), ms);
      this.wakes.set(wake, call);
    });
  }

  /** Lets the matching calls continue at once. */
  wake(isMeant: (call: Call) => boolean): void {
    for (const [wake, call] of this.wakes) if (isMeant(call)) wake();
  }
}
