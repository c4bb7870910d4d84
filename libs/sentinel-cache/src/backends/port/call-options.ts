import type { Operation } from '../../connection/contract/operation.js';

/**
 * Decides about the failure of one of the servers that a backend is spread over: returns true when its part of the answer is to be empty
 * and the others are to count. A backend on one server never asks.
 */
export type FailureTolerance = (failure: unknown) => boolean;

/** How to make one call. What is left out is as the connection has it. A backend in memory has no use for any of it. */
export interface CallOptions {
  /** The call of the cache, for the words of errors. Omitted: they name Redis' command. */
  readonly operation?: Operation;
  /** Reject at once while the circuit breaker is open, instead of waiting. */
  readonly failFast?: boolean;
  /** Replaces the deadline for this call, in milliseconds; for a scan, that of each round trip. */
  readonly deadlineMs?: number;
  /** Read from the primary, never from a replica. */
  readonly fresh?: boolean;
  /** Rejects the call with CacheUnavailableError (`aborted`) as soon as it fires. */
  readonly signal?: AbortSignal;
  /** Omitted: the first server that fails ends the call. */
  readonly tolerates?: FailureTolerance;
}
