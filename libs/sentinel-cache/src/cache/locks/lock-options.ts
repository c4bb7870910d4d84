import type { LivingLifetime } from '../../backends/port/backend.js';
import type { Lifetime, Timeout } from '../../time/lifetime.js';
import type { VersionOptions } from '../entry/cache-options.js';
import type { EntrySpace } from '../entry/entry-space.js';

/** How long to try for a lock. What is left out is as `cache.lock` was given it. */
export interface AcquireOptions {
  /** `false`: try once. Default true. */
  readonly blocking?: boolean;
  /** How long to wait until another holder releases it: seconds, or text such as `'5s'`. Omitted or null: indefinitely. */
  readonly blockingTimeout?: Timeout;
  /** Stops waiting, with a CacheUnavailableError whose reason is `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of `cache.lock`. */
export interface LockOptions extends VersionOptions, AcquireOptions {
  /** How long the lock lives when nobody releases it: seconds, or text such as `'10s'`. Omitted or null: indefinitely, as in Django. */
  readonly timeout?: Timeout;
  /** Time between two attempts, in seconds or as text; varied by a quarter so that waiting callers spread out. Default 0.1. */
  readonly sleep?: Timeout;
}

/** Options as they are used. */
export interface LockPlan {
  readonly lifetime: LivingLifetime;
  readonly sleepMs: number;
  readonly asked: AcquireOptions;
}

/** How long to try: 0 is one attempt, Infinity as long as it takes. */
export interface Patience {
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** redis-py. */
const SLEEP_S = 0.1;

/** Throws an InvalidArgumentError for what can't be used. */
export function planLock(options: LockOptions, space: EntrySpace): LockPlan {
  const { timeout = null, sleep = SLEEP_S } = options;
  const sleepMs = living('sleep', sleep, space);
  if (sleepMs === 'forever') throw space.invalid("lock, sleep: expected a time above 0, got 'for ever'. Leave it out for 0.1 s.");
  planPatience(options, space);
  return { lifetime: living('timeout', timeout, space), sleepMs, asked: options };
}

/** Throws an InvalidArgumentError for what can't be used. */
export function planPatience({ blocking, blockingTimeout = null, signal }: AcquireOptions, space: EntrySpace): Patience {
  const patience: Lifetime = space.lifetimeOf(blockingTimeout);
  if (blocking === false || patience === 'already-expired') return { patienceMs: 0, signal };
  return { patienceMs: patience === 'forever' ? Infinity : patience, signal };
}

function living(name: string, time: Timeout, space: EntrySpace): LivingLifetime {
  const lifetime = space.lifetimeOf(time);
  if (lifetime !== 'already-expired') return lifetime;
  throw space.invalid(`lock, ${name}: expected a time above 0, got ${time}. Write 10 or '10s' for ten seconds.`);
}
