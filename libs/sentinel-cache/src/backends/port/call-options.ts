import type { Operation } from '../../connection/contract/operation.js';
import type { TagStamp } from './tag-stamp.js';

/**
 * Decides about the failure of one of the servers that a backend is spread over. Returns true when its part
 * of the answer is left empty and the others count. A backend on one server never calls it.
 */
export type FailureTolerance = (failure: unknown) => boolean;

/**
 * How to make one call. What is omitted is as the connection has it. A backend in memory heeds only the
 * `signal` of a scan.
 */
export interface CallOptions {
  /** The call of the cache that errors name. Omitted: they name the Redis command. */
  readonly operation?: Operation;
  /** Rejects at once while the circuit breaker is open, instead of waiting. Default: false. */
  readonly failFast?: boolean;
  /** Replaces the deadline for this call, in milliseconds; for a scan, that of each round trip. */
  readonly deadlineMs?: number;
  /** Reads from the primary, never from a replica. Default: false. */
  readonly fresh?: boolean;
  /** Rejects the call with CacheUnavailableError (`aborted`) as soon as it fires. */
  readonly signal?: AbortSignal;
  /**
   * What entries are stored with: the generations of tags as they were before the value was made, or tags,
   * whose generations are read now. Heeded by a backend that has `tags`. Omitted: without tags.
   */
  readonly tags?: TagStamp | readonly string[];
  /**
   * A compare-and-set writes the same value anew, and the tags of the entry stay. Heeded by a backend that
   * has `tags`. Default: false.
   */
  readonly keepsTags?: boolean;
  /**
   * Keeps an invalidation that an outage ends, and sends it again afterwards: for callers who do not hear of
   * the outage. Default: false.
   */
  readonly replays?: boolean;
  /** Which failures of single servers are tolerated. Omitted: the first server that fails ends the call. */
  readonly tolerates?: FailureTolerance;
}
