import type { FailureTolerance } from '../../backends/port/backend.js';
import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CodecError } from '../../errors/codec.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { publishIgnoredError } from '../../telemetry/channels.js';

/**
 * The one place where errors end: those of an outage, those of a server that can't carry out a read or a write as it stands, and stored bytes
 * that can't be read. What the program did wrong (WRONGTYPE, NOPERM, a value that can't be written) is told under every policy.
 */

/** Nobody answered. A closed cache is a mistake of the program and no outage; what the caller aborted is his own doing. */
export function isOutage(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.reason !== 'closed' && error.reason !== 'aborted';
}

/** Redis answered that it can't do it as it stands: full, alone, broken or busy. Nothing the caller did wrong. */
const SERVER_CANNOT = new Set(['OOM', 'NOREPLICAS', 'MISCONF', 'BUSY', 'READONLY', 'LOADING', 'MASTERDOWN']);

/** Whether a call failed for the state the server is in: a policy may drop such a write, and take such a read for a miss. */
export function isDroppable(error: unknown): boolean {
  return isOutage(error) || (error instanceof CommandRejectedError && SERVER_CANNOT.has(error.redisCode));
}

/** Runs an operation; when the server can't be asked, or can't do it as it stands, publishes that and gives the neutral answer. */
export async function ignoringOutage<T>(alias: string, operation: string, run: () => Promise<T>, neutral: T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isDroppable(error)) throw error;
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
    if (!isDroppable(error)) return false;
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
