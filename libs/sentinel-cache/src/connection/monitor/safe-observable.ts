import { Observable, type Observer, type Operator, Subscriber, type Subscription } from 'rxjs';

import { printable } from '../../errors/printable.js';

/**
 * An Observable whose subscribers harm nobody: what one of them throws is a process warning, once each. Plain rxjs throws it again on its own, as
 * an uncaught exception that ends the program. Holds for what `pipe` makes of it, too.
 */
export class SafeObservable<T> extends Observable<T> {
  constructor(source?: Observable<T>) {
    super();
    if (source) this.source = source;
  }

  /** What operators call; the result is as safe. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new SafeObservable<R>();
    lifted.source = this;
    lifted.operator = operator;
    return lifted;
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // Operators bring a subscriber of their own; what it throws goes down the pipe, to the observer wrapped below.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const given = typeof observerOrNext === 'function' ? { next: observerOrNext } : (observerOrNext ?? {});
    const observer: Partial<Observer<T>> = { ...(error ? { error } : {}), ...(complete ? { complete } : {}), ...bound(given) };
    const harmless = harmlessly();
    return super.subscribe({
      next: harmless((value: T) => observer.next?.(value)),
      error: harmless((cause: unknown) => {
        if (!observer.error) throw cause;
        observer.error(cause);
      }),
      complete: harmless(() => observer.complete?.()),
    });
  }
}

/** Its methods may stand in a prototype, and may need their object. */
function bound<T>(observer: Partial<Observer<T>>): Partial<Observer<T>> {
  return {
    ...(observer.next ? { next: (value: T) => observer.next!(value) } : {}),
    ...(observer.error ? { error: (cause: unknown) => observer.error!(cause) } : {}),
    ...(observer.complete ? { complete: () => observer.complete!() } : {}),
  };
}

/** Runs what is not ours; the first throw is a warning, and the others would be the same. */
function harmlessly(): <A extends unknown[]>(run: (...args: A) => unknown) => (...args: A) => void {
  let warned = false;
  return (run) =>
    (...args) => {
      try {
        run(...args);
      } catch (error) {
        if (warned) return;
        warned = true;
        process.emitWarning(
          printable(`a subscriber of events$ threw: ${String((error as Error)?.message)}`),
          'SentinelCacheWarning',
        );
      }
    };
}
