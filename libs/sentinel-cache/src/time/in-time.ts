/** Resolves to undefined when the work takes longer; what it fails with afterwards concerns nobody. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    // A stalled event loop fires its timers before it reads its sockets: one look at what has arrived.
    const timer = setTimeout(() => setImmediate(() => ((isOver = true), resolve(undefined))), ms);
    work.then(
      (value) => (clearTimeout(timer), resolve(value)),
      (error: unknown) => (clearTimeout(timer), isOver ? undefined : reject(error as Error)),
    );
  });
}
