import type { Executed, UnavailableReason } from '../errors/cache-unavailable.error.js';
import type { OperationName } from '../telemetry/operation-event.js';

/** Which calls a fault is about. */
export interface FaultScope {
  /** Omitted: every cache. */
  readonly alias?: string;
  /** By the names of `OperationEvent`. Omitted: every call that the fault would hit on a real server. */
  readonly operations?: readonly OperationName[];
}

/** How Redis is away. */
export interface OutageFault extends FaultScope {
  /** What `CacheUnavailableError.reason` says. Default `no-primary`. */
  readonly reason?: UnavailableReason;
  /**
   * What it says of the call. Omitted: what such an outage says (`deadline` and `connection-lost`: `unknown`;
   * others: `false`).
   */
  readonly executed?: Executed;
}

/** How Redis is slow. */
export interface SlowFault extends FaultScope {
  /** The patience of the cache in milliseconds. Default 500, as OPTIONS.deadline. */
  readonly deadlineMs?: number;
}

/** How single calls fail. */
export interface CallFault {
  /** Omitted: the first call of any cache. */
  readonly alias?: string;
  /** How many calls. Default 1. */
  readonly times?: number;
  /** What `CacheUnavailableError.reason` says. Default `deadline`: no reply came. */
  readonly reason?: UnavailableReason;
  /** A refusal instead: a CommandRejectedError with this code. */
  readonly redisCode?: string;
  /** Omitted: as in `OutageFault`; `false` for a refusal. */
  readonly executed?: Executed;
  /**
   * Whether the call is carried out although it is rejected: a reply that was lost. Only with `executed:
   * 'unknown'`. Default false.
   */
  readonly applied?: boolean;
}

/** One call of a cache, as a plan of faults sees it. */
export interface FaultyCall {
  readonly alias: string;
  readonly operation: OperationName;
  readonly writes: boolean;
}

const READS: ReadonlySet<OperationName> = new Set(['get', 'getMany', 'getWithToken', 'has', 'ttl', 'keys']);
/** The operations for which a full server needs memory. */
const GROWS: ReadonlySet<OperationName> = new Set(['set', 'add', 'setMany', 'incr', 'compareAndSet', 'lock', 'command']);
/** What Redis says of writes alone. */
const WRITES_ONLY: ReadonlySet<string> = new Set(['READONLY', 'NOREPLICAS', 'MISCONF']);
/** The command was handed over, and nobody knows what became of it. */
const HANDED_OVER: ReadonlySet<UnavailableReason> = new Set(['deadline', 'connection-lost']);

/** Whether a call of that name writes; a command may. */
export function isWrite(operation: OperationName): boolean {
  return !READS.has(operation);
}

/** Whether a fault is about a call. */
export function isAbout({ alias, operations }: FaultScope, call: FaultyCall): boolean {
  return (alias === undefined || alias === call.alias) && (operations?.includes(call.operation) ?? true);
}

/**
 * Whether Redis, in the state that the code tells of, refuses the call: OOM what takes memory, some writes
 * alone, others everything.
 */
export function isRefused(redisCode: string, scope: FaultScope, call: FaultyCall): boolean {
  if (!isAbout(scope, call)) return false;
  if (scope.operations) return true;
  if (redisCode === 'OOM') return call.writes && GROWS.has(call.operation);
  return call.writes || !WRITES_ONLY.has(redisCode);
}

/** What such an outage says of a call. */
export function executedOf(reason: UnavailableReason): Executed {
  return HANDED_OVER.has(reason) ? 'unknown' : false;
}
