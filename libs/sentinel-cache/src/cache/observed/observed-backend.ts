import type { Backend } from '../../backends/port/backend.js';
import { surroundBackend, type BackendCall } from '../../backends/port/surround-backend.js';
import { isObserved, observeOperation, type LookupOutcome } from '../../telemetry/observe-operation.js';

/**
 * Publishes each call of a backend on the tracing channel of operations, with the outcome that the backend
 * sees, before IGNORE_EXCEPTIONS turns an outage into a miss. Without a listener it costs one branch.
 */
export function observedBackend(inner: Backend, alias: string): Backend {
  return surroundBackend(inner, {
    isActive: isObserved,
    run: ({ operation, keys, finds }, make) => observeOperation({ alias, operation, keys }, make, READERS[finds ?? 'nothing']),
  });
}

const DONE: LookupOutcome = Object.freeze({ outcome: 'done' });
const HIT: LookupOutcome = Object.freeze({ outcome: 'hit', hits: 1, misses: 0 });
const MISS: LookupOutcome = Object.freeze({ outcome: 'miss', hits: 0, misses: 1 });

/** Reads how a call ended from its result. */
const READERS: Readonly<Record<NonNullable<BackendCall['finds']> | 'nothing', (result: unknown) => LookupOutcome>> = {
  nothing: () => DONE,
  flag: (isThere) => (isThere ? HIT : MISS),
  entry: (entry) => (entry === null ? MISS : HIT),
  token: (found) => ((found as { readonly bytes: unknown }).bytes === null ? MISS : HIT),
  entries: (found) => {
    const entries = found as readonly unknown[];
    const hits = entries.filter((entry) => entry !== null).length;
    return { outcome: 'done', hits, misses: entries.length - hits };
  },
};
