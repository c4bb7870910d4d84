import type { CallOptions } from '../../backends/port/call-options.js';
import type { Operation } from '../../connection/contract/operation.js';
import type { RedisCacheConfig } from '../../settings/shapes/resolved-settings.js';
import { publishIgnoredError } from '../../telemetry/channels.js';
import { isOutage } from '../../errors/is-outage.js';
import { IGNORED_OUTAGES, type AnsweredMethod } from './ignored-outages.js';

/** Where outages are ignored, these are made up for afterwards. */
const REPLAYED: ReadonlySet<string> = new Set(['delete', 'deleteMany', 'invalidateTags']);

/**
 * Decides what a cache does about an outage: it rejects or, with IGNORE_EXCEPTIONS, publishes the error and
 * answers from the table in `ignored-outages.ts`. Locks, tokens, compare-and-set and commands reject either
 * way.
 */
export class OutagePolicy {
  private readonly failFast: boolean;

  constructor(
    private readonly alias: string,
    private readonly failsFast: RedisCacheConfig['failsFast'],
    readonly isIgnoring = false,
    private readonly namesKeys = true,
  ) {
    this.failFast = failsFast === 'always' || (isIgnoring && failsFast === 'when-ignoring');
  }

  /** Returns the same policy with IGNORE_EXCEPTIONS. */
  ignoring(): OutagePolicy {
    return this.isIgnoring ? this : new OutagePolicy(this.alias, this.failsFast, true, this.namesKeys);
  }

  /** Returns the same policy for keys that are secrets: errors name the method alone. */
  withSecretKeys(): OutagePolicy {
    return new OutagePolicy(this.alias, this.failsFast, this.isIgnoring, false);
  }

  /**
   * Returns the options of a call to the backend. Errors name the method, and the keys as the caller wrote
   * them.
   */
  calls(method: string, keys?: Operation['keys']): CallOptions {
    const calls = { failFast: this.failFast, operation: this.namesKeys ? { method, keys } : { method } };
    return this.isIgnoring && REPLAYED.has(method) ? { ...calls, replays: true } : calls;
  }

  /** Makes the call of a public method. Where outages are ignored, an outage is answered from the table. */
  answer<T>(method: AnsweredMethod, keys: Operation['keys'], call: (calls: CallOptions) => Promise<T>): Promise<T> {
    return this.answered(method, () => call(this.calls(method, keys)));
  }

  /** As `answer`, for several keys: where outages are ignored, the servers that answer count. */
  answerMany<T>(method: AnsweredMethod, keys: Operation['keys'], call: (calls: CallOptions) => Promise<T>): Promise<T> {
    return this.answered(method, () => call(this.callsOf(method, keys)));
  }

  /** As `answer`, with an answer of the caller's. */
  answerWith<T>(method: string, neutral: T, call: () => Promise<T>): Promise<T> {
    return this.isIgnoring ? this.or(method, call, () => neutral) : call();
  }

  /**
   * As `calls`, for a call that may go to several servers: where outages are ignored, those that answer
   * count.
   */
  callsOf(method: string, keys?: Operation['keys']): CallOptions {
    const calls = this.calls(method, keys);
    if (!this.isIgnoring) return calls;
    let isPublished = false;
    const tolerates = (error: unknown): boolean => {
      if (!isOutage(error)) return false;
      if (!isPublished) publishIgnoredError({ alias: this.alias, operation: method, error });
      isPublished = true;
      return true;
    };
    return { ...calls, tolerates };
  }

  private answered<T>(method: AnsweredMethod, call: () => Promise<T>): Promise<T> {
    return this.isIgnoring ? this.or(method, call, () => IGNORED_OUTAGES[method].answer() as T) : call();
  }

  private async or<T>(operation: string, call: () => Promise<T>, neutral: () => T): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!isOutage(error)) throw error;
      publishIgnoredError({ alias: this.alias, operation, error });
      return neutral();
    }
  }
}
