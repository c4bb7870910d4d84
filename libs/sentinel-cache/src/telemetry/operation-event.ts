/**
 * One operation of one cache, as the tracing channel tells it. One object for all phases of the operation: at `start` it says who and
 * what, from `asyncStart` (or `error`) on also how it ended. Never a key or a value.
 */
export interface OperationEvent {
  /** The alias in CACHES. */
  readonly alias: string;
  /** What was asked for. */
  readonly operation: OperationName;
  /** How many keys it is about; 0 where nobody knows (`clear`, `command`). */
  readonly keys: number;
  /** `done`: it succeeded and is no lookup (or a lookup of several keys: see `hits`). */
  outcome?: 'hit' | 'miss' | 'done' | 'error';
  /** Of a lookup: how many of `keys` were found. */
  hits?: number;
  /** Of a lookup: how many of `keys` were not found. */
  misses?: number;
  /** Wall time of the backend, queueing included, in milliseconds. */
  durationMs?: number;
  /** What it failed with, also where IGNORE_EXCEPTIONS hides it from the caller. Its message holds no value. */
  error?: unknown;
}

/**
 * What a cache asks of its backend. `getOrSet` is a `get`, and a `set` when it has to make the value; `decr` is an `incr`, `decrVersion` an
 * `incrVersion`; `persist` and `expire...` are a `touch`, `deletePattern` is a `clear`, each batch of `iterKeys` is a `keys`. Each attempt
 * at a lock is a `lock`, a look at one a `has`; a call on sets, hashes or sorted sets is a `command`.
 */
export type OperationName =
  | 'get'
  | 'getMany'
  | 'getWithToken'
  | 'set'
  | 'add'
  | 'setMany'
  | 'compareAndSet'
  | 'delete'
  | 'has'
  | 'touch'
  | 'incr'
  | 'incrVersion'
  | 'keys'
  | 'ttl'
  | 'clear'
  | 'command'
  | 'lock'
  | 'extendLock'
  | 'unlock';
