import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { publishIgnoredError } from '../telemetry/ignored-errors.js';

/**
 * The one place where errors end. Only outages do: a refusal by Redis and undecodable bytes are told under every policy.
 * A closed cache is a mistake of the program and no outage.
 */
export function isOutage(error: unknown): error is CacheUnavailableError {
  return error instanceof CacheUnavailableError && error.reason !== 'closed';
}

/** Runs an operation; during an outage publishes it and gives the neutral answer. */
export async function orNeutral<T>(alias: string, operation: string, run: () => Promise<T>, neutral: T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isOutage(error)) throw error;
    publishIgnoredError({ alias, operation, error });
    return neutral;
  }
}

/** Storing what was just made: an outage loses the entry, not the value. `undefined` when it could not be done. */
export function keepWhatWasMade<T>(alias: string, operation: string, store: () => Promise<T>): Promise<T | undefined> {
  return orNeutral<T | undefined>(alias, operation, store, undefined);
}
