import { Observable, type Observer, type OperatorFunction, Subscriber, type Subscription } from 'rxjs';

import { warnOfThrown } from '../../telemetry/safe-listener.js';

/**
 * An Observable that survives its subscribers: the first error that a subscriber throws becomes a process
 * warning. rxjs by itself throws it again from a timer, as an uncaught exception that ends the program. What
 * `pipe` returns is as safe.
 */
export class SafeObservable<T> extends Observable<T> {
  constructor(source: Observable<T>) {
    super((subscriber) => source.subscribe(subscriber));
  }

  override pipe(...operators: OperatorFunction<never, unknown>[]): Observable<never> {
    return new SafeObservable(super.pipe(...(operators as [])) as Observable<never>);
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator's own subscriber passes errors down the pipe, to the observer that is wrapped below.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const observer =
      typeof observerOrNext === 'object' && observerOrNext ? observerOrNext : { next: observerOrNext, error, complete };
    const harmless = warnOnce();
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

/**
 * Wraps functions of one subscriber: what the first of them throws is a warning, and what follows is dropped.
 */
function warnOnce(): <A extends unknown[]>(run: (...args: A) => unknown) => (...args: A) => void {
  let warned = false;
  return (run) =>
    (...args) => {
      try {
        run(...args);
      } catch (error) {
        if (warned) return;
        warned = true;
        warnOfThrown('A subscriber of events$', error);
      }
    };
}
