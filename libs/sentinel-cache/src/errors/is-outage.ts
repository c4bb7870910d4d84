import { CacheUnavailableError } from './cache-unavailable.error.js';
import { CommandRejectedError } from './command-rejected.error.js';

/**
 * What ends a call without an outage: a closed cache is a mistake of the program, and aborting is what the
 * caller asked for.
 */
const NOT_AN_OUTAGE = new Set(['closed', 'aborted']);

/**
 * What Redis answers when it cannot do anything as it stands: full, alone, broken or busy. The caller did
 * nothing wrong.
 */
const SERVER_CANNOT = new Set(['OOM', 'NOREPLICAS', 'MISCONF', 'BUSY', 'READONLY', 'LOADING', 'MASTERDOWN']);

/**
 * Tells whether a call failed because of the state Redis is in: no reply (CacheUnavailableError), or a
 * refusal of everything of its kind (CommandRejectedError with `OOM`, `NOREPLICAS`, `MISCONF`, `BUSY`,
 * `READONLY`, `LOADING` or `MASTERDOWN`).
 *
 * True for exactly what IGNORE_EXCEPTIONS ignores. False for a mistake of the program (`WRONGTYPE`, `NOPERM`,
 * a closed cache), for a call that its own signal aborted, and for errors of other libraries.
 *
 * @example
 * ```ts
 * const stock = await cache.get<number>('stock').catch((error: unknown) => {
 *   if (isOutage(error)) return undefined;
 *   throw error;
 * });
 * ```
 */
export function isOutage(error: unknown): error is CacheUnavailableError | CommandRejectedError {
  if (error instanceof CacheUnavailableError) return !NOT_AN_OUTAGE.has(error.reason);
  return error instanceof CommandRejectedError && SERVER_CANNOT.has(error.redisCode);
}
