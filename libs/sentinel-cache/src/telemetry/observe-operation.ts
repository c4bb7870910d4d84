import { operations } from './channels.js';
import type { OperationEvent } from './operation-event.js';

/** How an operation ended: found, missed, or done. */
export type LookupOutcome = Pick<OperationEvent, 'outcome' | 'hits' | 'misses'>;

/** Returns whether anybody listens: only then is an operation worth observing. */
export function isObserved(): boolean {
  return operations.hasSubscribers;
}

/**
 * Runs an operation and publishes its phases: `start`, `end`, `error` if it failed, `asyncStart`, `asyncEnd`.
 * `outcomeOf` reads how it ended from the result. Settles as the operation does. Unlike
 * `tracingChannel().tracePromise` it keeps the result, a value, out of the event.
 */
export function observeOperation<T>(
  event: OperationEvent,
  run: () => Promise<T>,
  outcomeOf: (result: T) => LookupOutcome,
): Promise<T> {
  const { start, end, asyncStart, asyncEnd, error: failed } = operations;
  const startedMs = performance.now();
  const settle = (outcome: LookupOutcome & { readonly error?: unknown }): void => {
    Object.assign(event, outcome, { durationMs: performance.now() - startedMs });
    if (outcome.outcome === 'error') failed.publish(event);
    asyncStart.runStores(event, () => asyncEnd.publish(event));
  };
  return start.runStores(event, async () => {
    try {
      const running = run();
      end.publish(event);
      const result = await running;
      settle(outcomeOf(result));
      return result;
    } catch (error) {
      settle({ outcome: 'error', error });
      throw error;
    }
  });
}
