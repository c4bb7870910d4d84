import type { LockStore } from '../../backends/port/lock-store.js';
import type { StructureStore } from '../../backends/port/structure-store.js';
import { isObserved, observeOperation, type LookupOutcome as Outcome } from '../../telemetry/observe-operation.js';
import type { OperationName } from '../../telemetry/operation-event.js';

const DONE: Outcome = Object.freeze({ outcome: 'done' });

/** Locks as `ObservedBackend` tells of them: each attempt is an operation, and a lock that somebody else has is no error. */
export function observedLocks(inner: LockStore, alias: string): LockStore {
  const observe = <T>(operation: OperationName, run: () => Promise<T>): Promise<T> =>
    observed({ alias, operation, keys: 1 }, run);
  return {
    claim: (...args) => observe('lock', () => inner.claim(...args)),
    holds: (...args) => observe('has', () => inner.holds(...args)),
    isTaken: (...args) => observe('has', () => inner.isTaken(...args)),
    renew: (...args) => observe('extendLock', () => inner.renew(...args)),
    drop: (...args) => observe('unlock', () => inner.drop(...args)),
  };
}

/** Sets, hashes and sorted sets as `ObservedBackend` tells of them: a command each, each batch of a scan as well. */
export function observedStructures(inner: StructureStore, alias: string): StructureStore {
  return {
    run: (command) => observed({ alias, operation: 'command', keys: command.keys.length }, () => inner.run(command)),
    scan: async function* (scan) {
      const batches = inner.scan(scan)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const batch = await observed({ alias, operation: 'command', keys: 1 }, () => batches.next());
          if (batch.done) return;
          yield batch.value;
        }
      } finally {
        await batches.return?.();
      }
    },
  };
}

interface What {
  readonly alias: string;
  readonly operation: OperationName;
  readonly keys: number;
}

function observed<T>(what: What, run: () => Promise<T>): Promise<T> {
  return isObserved() ? observeOperation({ ...what }, run, () => DONE) : run();
}
