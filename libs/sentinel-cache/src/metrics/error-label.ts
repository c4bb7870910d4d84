import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { SentinelCacheError } from '../errors/sentinel-cache.error.js';

/** Stands for every error that is not in the list: a caller's script can make Redis reply with any word. */
const OTHER = '_OTHER';

const REDIS_CODES: ReadonlySet<string> = new Set(
  (
    'ERR WRONGTYPE NOPERM NOAUTH WRONGPASS DENIED OOM NOREPLICAS MISCONF BUSY READONLY LOADING MASTERDOWN NOSCRIPT UNKILLABLE ' +
    'EXECABORT BUSYKEY CLUSTERDOWN MOVED ASK CROSSSLOT'
  ).split(' '),
);

/**
 * Returns the kind of an error, of a bounded set: the reason of an outage, the code of a refusal, or the code
 * of our error.
 */
export function errorLabel(error: unknown): string {
  if (error instanceof CacheUnavailableError) return error.reason;
  if (error instanceof CommandRejectedError) return REDIS_CODES.has(error.redisCode) ? error.redisCode : OTHER;
  return error instanceof SentinelCacheError ? error.code : OTHER;
}
