/** Who listens to one signal, and what the signal itself calls. */
interface Listening {
  readonly callers: Set<() => void>;
  readonly heard: () => void;
}

/**
 * Callers that wait until a signal aborts: one listener on each signal, however many of them have it. Node
 * warns of the eleventh listener, and walks through all of them for each that comes and goes.
 */
export class AbortListeners {
  private readonly bySignal = new WeakMap<AbortSignal, Listening>();

  /** Calls `abort` once when the signal aborts. Returns a function that ends it. */
  listen(signal: AbortSignal, abort: () => void): () => void {
    const { callers, heard } = this.bySignal.get(signal) ?? this.begin(signal);
    callers.add(abort);
    return () => {
      // A signal that nobody listens to may be forgotten.
      if (callers.delete(abort) && callers.size === 0) this.end(signal, heard);
    };
  }

  private begin(signal: AbortSignal): Listening {
    const callers = new Set<() => void>();
    const heard = (): void => {
      this.bySignal.delete(signal);
      for (const abort of callers) abort();
    };
    signal.addEventListener('abort', heard, { once: true });
    const listening = { callers, heard };
    this.bySignal.set(signal, listening);
    return listening;
  }

  private end(signal: AbortSignal, heard: () => void): void {
    signal.removeEventListener('abort', heard);
    if (this.bySignal.get(signal)?.heard === heard) this.bySignal.delete(signal);
  }
}
