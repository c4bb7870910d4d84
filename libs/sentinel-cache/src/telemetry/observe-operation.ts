import { operations } from './channels.js';
import type { OperationEvent } from './operation-event.js';

/** How an operation ended, read from its result. */
export type Outcome = Pick<OperationEvent, 'outcome' | 'hits' | 'misses'>;

/** Whether anybody listens: only then is an operation worth observing. */
export function isObserved(): boolean {
  return operations.hasSubscribers;
}

/**
 * Runs an operation and tells the tracing channel: `start`, `end`, then `asyncStart` and `asyncEnd`, before them `error` if it failed.
 * As `tracingChannel().tracePromise`, but that the result stays out of the event: it is a value.
 */
export function observeOperation<T>(event: OperationEvent, run: () => Promise<T>, read: (result: T) => Outcome): Promise<T> {
  const { start, end, asyncStart, asyncEnd, error: failed } = operations;
  const startedMs = performance.now();
  const settle = (outcome: Outcome & { readonly error?: unknown }): void => {
    Object.assign(event, outcome, { durationMs: performance.now() - startedMs });
    if (outcome.outcome === 'error') failed.publish(event);
    asyncStart.runStores(event, () => asyncEnd.publish(event));
  };
  return start.runStores(event, async () => {
    try {
      const running = run();
      end.publish(event);
      const result = await running;
      settle(read(result));
      return result;
    } catch (error) {
      settle({ outcome: 'error', error });
      throw error;
    }
  });
}
