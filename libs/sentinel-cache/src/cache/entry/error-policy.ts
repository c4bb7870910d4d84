import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CodecError } from '../../errors/codec.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { publishIgnoredError } from '../../telemetry/channels.js';

/** Redis answered that it can't do it as it stands: full, alone, broken or busy. Nothing the caller did wrong. */
const SERVER_CANNOT = new Set(['OOM', 'NOREPLICAS', 'MISCONF', 'BUSY', 'READONLY', 'LOADING', 'MASTERDOWN']);

/**
 * Whether an error tells of an outage: Redis did not answer (CacheUnavailableError), or answered that it can't serve anyone as it stands
 * (CommandRejectedError with OOM, LOADING, NOREPLICAS, MISCONF, BUSY, READONLY or MASTERDOWN). Exactly what IGNORE_EXCEPTIONS ignores.
 *
 * A closed cache is a mistake of the program, and an aborted call was the caller's choice: neither is an outage. What the program did
 * wrong (WRONGTYPE, NOPERM, a value that can't be written) is not one either.
 */
export function isOutage(error: unknown): error is CacheUnavailableError | CommandRejectedError {
  if (error instanceof CacheUnavailableError) return error.reason !== 'closed' && error.reason !== 'aborted';
  return error instanceof CommandRejectedError && SERVER_CANNOT.has(error.redisCode);
}

/** Reads stored bytes; where they can't be read, publishes that and returns `neutral`. */
export function orUnreadable<T, N>(alias: string, read: () => T, neutral: N): T | N {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    publishIgnoredError({ alias, operation: 'decode', error });
    return neutral;
  }
}

/** Stores what was just made: an outage loses the entry, not the value. Resolves to undefined when there was one. */
export async function storeIfPossible<T>(alias: string, operation: string, store: () => Promise<T>): Promise<T | undefined> {
  try {
    return await store();
  } catch (error) {
    if (!isOutage(error)) throw error;
    publishIgnoredError({ alias, operation, error });
    return undefined;
  }
}

/** Cleans up after an error and throws that error: what else goes wrong meanwhile would only hide it. */
export async function cleanUpThenThrow(error: unknown, cleanUp: () => Promise<unknown>): Promise<never> {
  await cleanUp().catch(() => undefined);
  throw error;
}
