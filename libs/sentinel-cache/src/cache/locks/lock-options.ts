import type { LivingLifetime } from '../../backends/port/backend.js';
import type { Lifetime, Timeout } from '../../time/lifetime.js';
import type { VersionOptions } from '../entry/cache-options.js';
import type { EntrySpace } from '../entry/entry-space.js';

/** How long to try for a lock. Omitted options are those of `cache.lock`. */
export interface AcquireOptions {
  /** `false`: try once. Default true. */
  readonly blocking?: boolean;
  /**
   * How long to wait until another holder releases it: seconds, or text such as `'5s'`. Omitted or null:
   * indefinitely.
   */
  readonly blockingTimeout?: Timeout;
  /** Stops waiting, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of `cache.lock`. */
export interface LockOptions extends VersionOptions, AcquireOptions {
  /**
   * How long the lock lives when nobody releases it: seconds, or text such as `'10s'`. Omitted or null:
   * indefinitely, as in Django.
   */
  readonly timeout?: Timeout;
  /**
   * Time between two attempts, in seconds or as text; varied by a quarter so that waiting callers spread out.
   * Default 0.1.
   */
  readonly sleep?: Timeout;
}

/** Options, checked and resolved. */
export interface LockPlan {
  readonly lifetime: LivingLifetime;
  readonly sleepMs: number;
  readonly asked: AcquireOptions;
}

/** How long to try: 0 is one attempt, Infinity without a limit. */
export interface WaitLimit {
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The default of redis-py. */
const SLEEP_S = 0.1;

/** Checks and resolves the options of a lock. Throws an InvalidArgumentError. */
export function planLock(options: LockOptions, space: EntrySpace): LockPlan {
  const { timeout = null, sleep = SLEEP_S } = options;
  const sleepMs = living('sleep', sleep, space);
  if (sleepMs === 'forever')
    throw space.invalid('lock, sleep: expected a time above 0, got null (never). Leave it out for 0.1 s.');
  planWait(options, space);
  return { lifetime: living('timeout', timeout, space), sleepMs, asked: options };
}

/** Checks and resolves how long to wait. Throws an InvalidArgumentError. */
export function planWait({ blocking, blockingTimeout = null, signal }: AcquireOptions, space: EntrySpace): WaitLimit {
  const wait: Lifetime = space.lifetimeOf(blockingTimeout);
  space.signalOf('lock', signal);
  if (blocking === false || wait === 'already-expired') return { waitMs: 0, signal };
  return { waitMs: wait === 'forever' ? Infinity : wait, signal };
}

function living(name: string, time: Timeout, space: EntrySpace): LivingLifetime {
  const lifetime = space.lifetimeOf(time);
  if (lifetime !== 'already-expired') return lifetime;
  throw space.invalid(`lock, ${name}: expected a time above 0, got ${time}. Write 10 or '10s' for ten seconds.`);
}
