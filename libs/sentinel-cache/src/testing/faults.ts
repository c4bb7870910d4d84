import type { Backend } from '../backends/port/backend.js';
import { surroundBackend } from '../backends/port/surround-backend.js';
import type { CacheFaults } from '../cache/create-caches.js';
import { CacheUnavailableError, type Executed, type UnavailableReason } from '../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../errors/command-rejected.error.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { quoted } from '../errors/printable.js';
import { DEFAULTS } from '../settings/shapes/defaults.js';
import type { OperationName } from '../telemetry/operation-event.js';
import {
  executedOf,
  isAbout,
  isRefused,
  isWrite,
  type CallFault,
  type FaultScope,
  type FaultyCall,
  type OutageFault,
  type SlowFault,
} from './fault-plan.js';
import { Waiters } from './waiters.js';

/**
 * Causes faults on request, for tests of code that uses a cache. Pass it to `createCaches` or
 * `SentinelCacheModule.forRoot` as `faults`. Calls fail with the same errors as on a failing Redis, but at
 * once; IGNORE_EXCEPTIONS, sessions and locks treat them as real ones.
 *
 * Of each kind the latest fault applies; `recover` ends them all. A call meets `failNext` first, then
 * `outage`, `refuse`, `slow`. Methods throw InvalidArgumentError for an alias that no cache has, and for
 * arguments that contradict each other.
 *
 * @example
 * ```ts
 * const faults = new Faults();
 * const caches = createCaches(locmemTwin(settings), { faults });
 * faults.outage();
 * await caches.get().get('a'); // rejects with CacheUnavailableError, executed: false
 * faults.recover();
 * ```
 */
export class Faults implements CacheFaults {
  private away: OutageFault | undefined;
  private refusal: { readonly redisCode: string; readonly scope: FaultScope } | undefined;
  private slowness: { readonly ms: number; readonly fault: SlowFault } | undefined;
  private single: { readonly operation: OperationName; readonly fault: CallFault; left: number }[] = [];
  private readonly aliases = new Set<string>();
  private readonly waiting = new Waiters<FaultyCall>();

  /**
   * Starts an outage: every call rejects with CacheUnavailableError, those that wait in `slow` with
   * `executed: 'unknown'`.
   */
  outage(fault: OutageFault = {}): void {
    this.check('outage', fault.alias);
    this.away = fault;
    this.waiting.wake((call) => isAbout(fault, call));
  }

  /**
   * Makes Redis refuse calls with a CommandRejectedError: `OOM` (full) what takes memory, `READONLY`,
   * `NOREPLICAS` and `MISCONF` writes, other codes (`NOPERM`, `LOADING`, ...) everything. `scope.operations`
   * names other operations.
   */
  refuse(redisCode = 'OOM', scope: FaultScope = {}): void {
    this.check('refuse', scope.alias);
    this.refusal = { redisCode, scope };
  }

  /**
   * Delays each call by `ms` milliseconds of this machine's clock. A call whose deadline is over by then
   * rejects at its deadline with `executed: 'unknown'`, and is carried out all the same, as by a server that
   * hangs. `Infinity` does that to every call.
   */
  slow(ms: number, fault: SlowFault = {}): void {
    this.check('slow', fault.alias);
    if (!(ms >= 0))
      throw this.invalid('slow', `expected 0 ms or more, got ${String(ms)}. Write Infinity for a server that hangs.`);
    this.slowness = { ms, fault };
  }

  /**
   * Makes the next call of an operation fail. By default its reply is lost: it rejects with `executed:
   * 'unknown'`, and was not carried out.
   */
  failNext(operation: OperationName, fault: CallFault = {}): void {
    this.check('failNext', fault.alias);
    if (fault.applied && executedIn(fault) !== 'unknown')
      throw this.invalid('failNext', "expected executed: 'unknown' beside applied: true. What was carried out is not false.");
    this.single.push({ operation, fault, left: fault.times ?? 1 });
  }

  /** Ends all faults; calls that wait in `slow` continue at once. */
  recover(): void {
    this.away = undefined;
    this.refusal = undefined;
    this.slowness = undefined;
    this.single = [];
    this.waiting.wake(() => true);
  }

  /** Returns a backend with these faults before it; `createCaches` calls this. */
  before(backend: Backend, alias: string): Backend {
    this.aliases.add(alias);
    return surroundBackend(backend, {
      isActive: () => true,
      run: ({ operation, writes = isWrite(operation) }, make) => this.run({ alias, operation, writes }, make),
    });
  }

  private async run<T>(call: FaultyCall, act: () => Promise<T>): Promise<T> {
    const single = this.single.find(
      ({ operation, fault, left }) => left > 0 && operation === call.operation && isAbout(fault, call),
    );
    if (single) {
      single.left -= 1;
      if (single.fault.applied) await act();
      throw errorOf(call, single.fault);
    }
    this.throwIfAway(call);
    if (this.refusal && isRefused(this.refusal.redisCode, this.refusal.scope, call)) throw errorOf(call, this.refusal);
    return this.slowness && isAbout(this.slowness.fault, call) ? this.runSlowly(call, act, this.slowness) : act();
  }

  private async runSlowly<T>(call: FaultyCall, act: () => Promise<T>, slowness: { ms: number; fault: SlowFault }): Promise<T> {
    const deadlineMs = slowness.fault.deadlineMs ?? DEFAULTS.callDeadlineMs;
    const isCutShort = await this.waiting.wait(call, Math.min(slowness.ms, deadlineMs));
    this.throwIfAway(call, 'unknown');
    if (isCutShort || slowness.ms < deadlineMs) return act();
    await act();
    throw errorOf(call, {});
  }

  private throwIfAway(call: FaultyCall, executed?: Executed): void {
    if (!this.away || !isAbout(this.away, call)) return;
    throw errorOf(call, { reason: 'no-primary', ...this.away, ...(executed === undefined ? {} : { executed }) });
  }

  private check(method: string, alias: string | undefined): void {
    if (alias === undefined || this.aliases.size === 0 || this.aliases.has(alias)) return;
    throw this.invalid(method, `expected one of the aliases ${quoted(this.aliases)}, got '${alias}'.`);
  }

  private invalid(method: string, message: string): InvalidArgumentError {
    return new InvalidArgumentError(`Faults, ${method}: ${message}`);
  }
}

const NO_REPLY: UnavailableReason = 'deadline';

function executedIn({ redisCode, reason = NO_REPLY, executed }: CallFault): Executed {
  return executed ?? (redisCode === undefined ? executedOf(reason) : false);
}

function errorOf({ alias, operation }: FaultyCall, fault: CallFault): CacheUnavailableError | CommandRejectedError {
  const { redisCode, reason = NO_REPLY } = fault;
  const executed = executedIn(fault);
  const where = `Cache '${alias}', ${operation}`;
  return redisCode === undefined
    ? new CacheUnavailableError(reason, executed, `${where}: ${reason}, as a fault of this test.`, { alias })
    : new CommandRejectedError(redisCode, `${where}: ${redisCode}, as a fault of this test.`, { executed, alias });
}
