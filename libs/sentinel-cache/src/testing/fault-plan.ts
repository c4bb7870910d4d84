import type { Executed, UnavailableReason } from '../errors/cache-unavailable.error.js';
import type { OperationName } from '../telemetry/operation-event.js';

/** Which calls a fault hits. */
export interface FaultScope {
  /** The cache. Omitted: every cache. */
  readonly alias?: string;
  /** Operations as in `OperationEvent`. Omitted: every call that the fault would hit on a real server. */
  readonly operations?: readonly OperationName[];
}

/** An outage. */
export interface OutageFault extends FaultScope {
  /** What `CacheUnavailableError.reason` says. Default `no-primary`. */
  readonly reason?: UnavailableReason;
  /**
   * `CacheUnavailableError.executed`. Omitted: `'unknown'` for `deadline` and `connection-lost`, `false` for
   * other reasons.
   */
  readonly executed?: Executed;
}

/** How calls are slow. */
export interface SlowFault extends FaultScope {
  /** The deadline of a call in milliseconds. Default 500, as OPTIONS.deadline. */
  readonly deadlineMs?: number;
}

/** How single calls fail. */
export interface CallFault {
  /** The cache. Omitted: the first call of any cache. */
  readonly alias?: string;
  /** How many calls fail. Default 1. */
  readonly times?: number;
  /** What `CacheUnavailableError.reason` says. Default `deadline`: no reply came. */
  readonly reason?: UnavailableReason;
  /** Makes it a CommandRejectedError with this code instead. */
  readonly redisCode?: string;
  /** Omitted: as in `OutageFault`; `false` for a refusal. */
  readonly executed?: Executed;
  /**
   * Whether the call is carried out although it rejects, as when a reply is lost. Only with `executed:
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
const GROWS: ReadonlySet<OperationName> = new Set([
  'set',
  'add',
  'setMany',
  'incr',
  'compareAndSet',
  'lock',
  'command',
  'stampTags',
]);
/** Codes with which Redis refuses writes alone. */
const WRITES_ONLY: ReadonlySet<string> = new Set(['READONLY', 'NOREPLICAS', 'MISCONF']);
/** The command was sent, and its outcome is unknown. */
const HANDED_OVER: ReadonlySet<UnavailableReason> = new Set(['deadline', 'connection-lost']);

/** Whether an operation writes; a command may. */
export function isWrite(operation: OperationName): boolean {
  return !READS.has(operation);
}

/** Whether a fault hits a call. */
export function isAbout({ alias, operations }: FaultScope, call: FaultyCall): boolean {
  return (alias === undefined || alias === call.alias) && (operations?.includes(call.operation) ?? true);
}

/**
 * Whether Redis refuses the call with this code: `OOM` what takes memory, some codes writes alone, others
 * everything.
 */
export function isRefused(redisCode: string, scope: FaultScope, call: FaultyCall): boolean {
  if (!isAbout(scope, call)) return false;
  if (scope.operations) return true;
  if (redisCode === 'OOM') return call.writes && GROWS.has(call.operation);
  return call.writes || !WRITES_ONLY.has(redisCode);
}

/** Returns `executed` of a call that an outage of this reason ends. */
export function executedOf(reason: UnavailableReason): Executed {
  return HANDED_OVER.has(reason) ? 'unknown' : false;
}
