/** Calls that wait for some time, and can be told to go on before it is over. */
export class Waiters<Call> {
  private readonly wakes = new Map<() => void, Call>();

  /** Resolves after that many milliseconds of this machine, with whether it was cut short. */
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

  /** Those that are meant go on at once. */
  wake(isMeant: (call: Call) => boolean): void {
    for (const [wake, call] of this.wakes) if (isMeant(call)) wake();
  }
}
