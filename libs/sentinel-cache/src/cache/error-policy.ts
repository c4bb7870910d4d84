import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { publishIgnoredError } from '../telemetry/ignored-errors.js';

/**
 * The one place where errors end: those of an outage, and those of a server that can't carry out a read or a write as it stands. What the
 * program did wrong (WRONGTYPE, NOPERM, undecodable bytes) is told under every policy.
 */

/** Nobody answered. A closed cache is a mistake of the program and no outage. */
export function isOutage(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.reason !== 'closed';
}

/** Redis answered that it can't do it as it stands: full, alone, broken or busy. Nothing the caller did wrong. */
const SERVER_CANNOT = new Set(['OOM', 'NOREPLICAS', 'MISCONF', 'BUSY', 'READONLY', 'LOADING', 'MASTERDOWN']);

/** Whether a call failed for the state the server is in: a policy may drop such a write, and take such a read for a miss (fault 34). */
export function isDroppable(error: unknown): boolean {
  return isOutage(error) || (error instanceof CommandRejectedError && SERVER_CANNOT.has(error.redisCode));
}

/** Runs an operation; when the server can't be asked, or can't do it as it stands, publishes that and gives the neutral answer. */
export async function orNeutral<T>(alias: string, operation: string, run: () => Promise<T>, neutral: T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isDroppable(error)) throw error;
    publishIgnoredError({ alias, operation, error });
    return neutral;
  }
}

/** Storing what was just made: an outage or a full server loses the entry, not the value. `undefined` when it could not be done. */
export function keepWhatWasMade<T>(alias: string, operation: string, store: () => Promise<T>): Promise<T | undefined> {
  return orNeutral<T | undefined>(alias, operation, store, undefined);
}
