/**
 * One operation of one cache, as the tracing channel publishes it. One object serves all phases: at `start`
 * it names the cache and the operation, from `asyncStart` (or `error`) on also how it ended. Holds neither a
 * key nor a value.
 */
export interface OperationEvent {
  /** The cache that was asked. */
  readonly alias: string;
  /** What it asked of its backend. */
  readonly operation: OperationName;
  /** How many keys the operation is about; 0 where that is unknown (`clear`, `command`). */
  readonly keys: number;
  /**
   * `done`: it succeeded and is not a lookup of one key; a lookup of several keys has `hits` and `misses`.
   */
  outcome?: 'hit' | 'miss' | 'done' | 'error';
  /** Of a lookup: how many of `keys` were found. */
  hits?: number;
  /** Of a lookup: how many of `keys` were not found. */
  misses?: number;
  /** How long the backend took, queueing included, in milliseconds. */
  durationMs?: number;
  /**
   * What it failed with, also where IGNORE_EXCEPTIONS hides that from the caller. Its message holds no value.
   */
  error?: unknown;
}

/**
 * What a cache asks of its backend. `getOrSet` is a `get`, and a `set` when it has to make the value; `decr`
 * is an `incr`, `decrVersion` an `incrVersion`; `persist` and `expire...` are a `touch`, `deletePattern` is a
 * `clear`, each batch of `iterKeys` is a `keys`. Each attempt at a lock is a `lock`, a look at one a `has`; a
 * call on sets, hashes or sorted sets is a `command`. A write with tags is a `stampTags`, too, whose `keys`
 * counts tags, as that of an `invalidateTags` does.
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
  | 'unlock'
  | 'stampTags'
  | 'invalidateTags';
