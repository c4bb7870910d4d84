import type { CallOptions } from '../../backends/port/call-options.js';
import type { LockStore } from '../../backends/port/lock-store.js';
import { LockError, type LockErrorReason } from '../../errors/lock.error.js';
import { printableKey } from '../../errors/printable.js';
import type { Timeout } from '../../time/lifetime.js';
import type { CacheKey } from '../../keys/format-key.js';
import type { EntrySpace } from '../entry/entry-space.js';
import type { LockHold } from './lock-hold.js';
import { planLock, planWait, type AcquireOptions, type LockOptions, type LockPlan } from './lock-options.js';
import { acquireLock } from './acquire-lock.js';

/**
 * A lock that one holder at a time can have, among all processes that use this Redis. Django's `cache.lock`
 * of the same name, key prefix and version is the same lock. Made by `cache.lock`; sends nothing before
 * `acquire` or `run`.
 *
 * - Methods reject with LockError when the lock is not ours (`reason` says why), and with
 *   CacheUnavailableError during an outage, whatever IGNORE_EXCEPTIONS says: during an outage no lock is
 *   held.
 * - A lock in Redis is no consensus: a failover may lose it, and a process that is paused past the timeout
 *   does not notice. Where two holders would do damage, let the store that is written to refuse the second
 *   (`compareAndSet`, a version column).
 *
 * @example
 * ```ts
 * await cache.lock('rebuild', { timeout: 10, blockingTimeout: 5 }).run(async (signal) => rebuild(signal));
 * ```
 */
export class CacheLock {
  /** The stored key. */
  readonly key: string;
  private readonly locks: LockStore;
  private readonly calls: CallOptions;
  private readonly plan: LockPlan;
  /** The hold of `acquire`. */
  private own: LockHold | undefined;
  /** That hold, and one for each `run` under way. */
  private readonly holds = new Set<LockHold>();

  /**
   * Use `cache.lock`.
   *
   * @internal
   */
  constructor(
    private readonly space: EntrySpace,
    { locks, calls }: { readonly locks: LockStore; readonly calls: CallOptions },
    name: CacheKey,
    options: LockOptions,
  ) {
    this.locks = locks;
    this.calls = calls;
    this.key = space.storedKey(name, options.version);
    this.plan = planLock(options, space);
  }

  /**
   * Acquires the lock. Resolves to false when another holder kept it: at once with `blocking: false`,
   * otherwise after `blockingTimeout` plus at most one call's deadline. Rejects with CacheUnavailableError,
   * CommandRejectedError or InvalidArgumentError.
   */
  async acquire(options: AcquireOptions = {}): Promise<boolean> {
    const hold = await this.acquireHold(options);
    if (!hold) return false;
    // A hold from before has expired, or this one could not have been acquired.
    if (this.own) this.holds.delete(this.own);
    this.own = hold;
    this.holds.add(hold);
    return true;
  }

  /**
   * Releases the lock. Rejects with LockError when it is not held (`not-held`) or no longer ours (`lost`),
   * and with CacheUnavailableError: call it again after the outage.
   */
  async release(): Promise<void> {
    await this.giveBack(this.current('release'));
  }

  /**
   * Extends the lock's lifetime by `timeout`; with `replace`, sets it to `timeout` from now. Rejects with
   * LockError when the lock is not ours or does not expire, with InvalidArgumentError, and with
   * CacheUnavailableError.
   */
  async extend(timeout: Timeout, options: { readonly replace?: boolean } = {}): Promise<void> {
    const ms = this.space.lifetimeOf(timeout);
    if (typeof ms !== 'number') throw this.space.invalid('lock, extend: expected seconds above 0, or text such as "10s".');
    await this.renew('extend', ms, options.replace ? 'replace' : 'add');
  }

  /** Resets the lock's lifetime to its whole timeout, from now. Rejects as `extend`. */
  async reacquire(): Promise<void> {
    await this.renew('reacquire', this.plan.lifetime === 'forever' ? 0 : this.plan.lifetime, 'replace');
  }

  /**
   * Asks Redis whether this object holds the lock. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  async owned(): Promise<boolean> {
    const [hold, another] = this.holds;
    return hold !== undefined && another === undefined && this.locks.holds(this.key, hold.token, this.calls);
  }

  /**
   * Asks Redis whether anybody holds the lock. Rejects with CacheUnavailableError or CommandRejectedError.
   */
  async locked(): Promise<boolean> {
    return this.locks.isTaken(this.key, this.calls);
  }

  /**
   * Runs `work` under the lock, and resolves to its result. Rejects with LockError (`not-acquired`) when the
   * lock can't be acquired, and as `acquire`.
   *
   * - `signal` aborts when the lock has expired by this process' clock or was found lost, or when the
   *   caller's own signal aborts: stop then.
   * - The lock is released in the end. When it was lost meanwhile, `run` rejects with LockError (`lost`),
   *   whatever `work` returned.
   * - When `work` throws, `run` rejects with that error, whatever becomes of the release.
   * - Several runs on one object exclude each other, as those of other processes do.
   */
  async run<T>(work: (signal: AbortSignal) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    const hold = await this.acquireHold(options);
    if (!hold) throw this.error('not-acquired', 'another holder kept it for as long as the call could wait.');
    this.holds.add(hold);
    const signal = hold.watch({ ...this.plan.asked, ...options }.signal, () => this.lost());
    let result: T;
    try {
      result = await work(signal);
    } catch (error) {
      // An error of giving it back would only hide this one.
      await this.giveBack(hold).catch(() => undefined);
      throw error;
    }
    await this.giveBack(hold);
    return result;
  }

  /** Releases what `acquire` got, at the end of an `await using` block. Rejects as `release`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.own) await this.release();
  }

  private acquireHold(options: AcquireOptions): Promise<LockHold | undefined> {
    const { space, locks, calls, key, plan } = this;
    const { lifetime, sleepMs, asked } = plan;
    const limit = planWait({ ...asked, ...options }, space);
    return acquireLock({ locks, calls, alias: space.alias, key, lifetime, sleepMs }, limit);
  }

  /**
   * A hold of `run` ends in any case; a hold of `acquire` stays when the release fails, so that it can be
   * released again.
   */
  private async giveBack(hold: LockHold): Promise<void> {
    hold.settle();
    if (hold !== this.own) this.holds.delete(hold);
    const wasOurs = await this.locks.drop(this.key, hold.token, this.calls);
    this.holds.delete(hold);
    if (hold === this.own) this.own = undefined;
    if (!wasOurs) throw this.lost();
  }

  private async renew(verb: string, ms: number, how: 'replace' | 'add'): Promise<void> {
    const hold = this.current(verb);
    if (this.plan.lifetime === 'forever')
      throw this.error('no-timeout', `can't ${verb} a lock without a timeout. Give cache.lock a timeout.`);
    const askedAtMs = performance.now();
    if (await this.locks.renew(this.key, hold.token, ms, how, this.calls)) {
      if (how === 'add') hold.prolong(ms);
      else hold.last(askedAtMs + ms);
      return;
    }
    const error = this.lost();
    hold.lose(error);
    throw error;
  }

  /** A second hold on one object means that the first has expired, and the caller may be either of them. */
  private current(verb: string): LockHold {
    const [hold, another] = this.holds;
    if (!hold) throw this.error('not-held', `can't ${verb} it, since this object does not hold it. Call acquire() first.`);
    if (another) throw this.lost();
    return hold;
  }

  private lost(): LockError {
    return this.error('lost', 'it is no longer ours: it expired, or was deleted.');
  }

  private error(reason: LockErrorReason, message: string): LockError {
    const { alias } = this.space;
    return new LockError(reason, `Cache '${alias}', lock '${printableKey(this.key)}': ${message}`, { alias, key: this.key });
  }
}
