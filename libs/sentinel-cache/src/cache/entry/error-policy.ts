import type { FailureTolerance } from '../../backends/port/backend.js';
import { CodecError } from '../../errors/codec.error.js';
import { isOutage } from '../../errors/is-outage.js';
import { publishIgnoredError } from '../../telemetry/ignored-errors.js';

/**
 * The one place where errors end: those of an outage, those of a server that can't carry out a read or a write as it stands, and stored bytes
 * that can't be read. What the program did wrong (WRONGTYPE, NOPERM, a value that can't be written) is told under every policy.
 */

/** Runs an operation; when the server can't be asked, or can't do it as it stands, publishes that and gives the neutral answer. */
export async function ignoringOutage<T>(alias: string, operation: string, run: () => Promise<T>, neutral: T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isOutage(error)) throw error;
    publishIgnoredError({ alias, operation, error });
    return neutral;
  }
}

/**
 * Excuses what `ignoringOutage` ends, where one of several servers fails: only its keys are missing then. Published once, so make one for each call.
 */
export function excuseOf(alias: string, operation: string): FailureTolerance {
  let isPublished = false;
  return (error) => {
    if (!isOutage(error)) return false;
    if (!isPublished) publishIgnoredError({ alias, operation, error });
    isPublished = true;
    return true;
  };
}

/** Reads stored bytes; when they can't be read, publishes that and gives the neutral answer. */
export function orUnreadable<T, N>(alias: string, read: () => T, neutral: N): T | N {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    publishIgnoredError({ alias, operation: 'decode', error });
    return neutral;
  }
}

/** Storing what was just made: an outage or a full server loses the entry, not the value. `undefined` when it could not be done. */
export function storeIfPossible<T>(alias: string, operation: string, store: () => Promise<T>): Promise<T | undefined> {
  return ignoringOutage<T | undefined>(alias, operation, store, undefined);
}

/** Cleans up after an error and tells that error: what else goes wrong meanwhile would only hide it. */
export async function failing(error: unknown, cleanUp: () => Promise<unknown>): Promise<never> {
  await cleanUp().catch(() => undefined);
  throw error;
}
