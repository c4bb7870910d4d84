import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';

/** What a call is about, for the words of its error. */
interface Abortable {
  readonly kind: 'write' | 'read' | 'replica-read';
  readonly alias?: string;
}

/**
 * Makes a call unless its signal has fired, and stops waiting for it when it does: rejects with CacheUnavailableError (`aborted`). A call
 * that is under way by then goes on until its deadline, so that of a write nobody knows.
 */
export function untilAborted<T>(call: Abortable, signal: AbortSignal | undefined, make: () => Promise<T>): Promise<T> {
  if (!signal) return make();
  if (signal.aborted) return Promise.reject(aborted(call, signal, false));
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(aborted(call, signal, call.kind === 'write' ? 'unknown' : false));
    signal.addEventListener('abort', abort, { once: true });
    make()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function aborted({ alias }: Abortable, { reason }: AbortSignal, executed: false | 'unknown'): CacheUnavailableError {
  return new CacheUnavailableError('aborted', executed, `Cache '${alias}': the caller aborted the call.`, {
    alias,
    cause: reason,
  });
}
