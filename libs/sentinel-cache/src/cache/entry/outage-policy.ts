import type { CallOptions } from '../../backends/port/call-options.js';
import type { RedisCacheConfig } from '../../settings/shapes/resolved-settings.js';
import { publishIgnoredError } from '../../telemetry/channels.js';
import { isOutage } from '../../errors/is-outage.js';
import { IGNORED_OUTAGES, type AnsweredMethod } from './ignored-outages.js';

/**
 * What a cache does about an outage: it rejects, or, with IGNORE_EXCEPTIONS, publishes the error and answers from the table in
 * `ignored-outages.ts`. Locks, tokens, compare-and-set and commands reject either way.
 */
export class OutagePolicy {
  /** For each call to the backend. */
  readonly calls: CallOptions;
  readonly freshCalls: CallOptions;

  constructor(
    private readonly alias: string,
    private readonly failsFast: RedisCacheConfig['failsFast'],
    readonly isIgnoring = false,
  ) {
    const failFast = failsFast === 'always' || (isIgnoring && failsFast === 'when-ignoring');
    this.calls = Object.freeze({ failFast });
    this.freshCalls = Object.freeze({ failFast, fresh: true });
  }

  /** The same with IGNORE_EXCEPTIONS. */
  ignoring(): OutagePolicy {
    return this.isIgnoring ? this : new OutagePolicy(this.alias, this.failsFast, true);
  }

  /** Makes a call of a public method; where outages are ignored, one that ends it is answered from the table. */
  answer<T>(method: AnsweredMethod, call: () => Promise<T>): Promise<T> {
    return this.isIgnoring ? this.or(method, call, () => IGNORED_OUTAGES[method].answer() as T) : call();
  }

  /** As `answer`, with an answer of its own. */
  answerWith<T>(method: string, neutral: T, call: () => Promise<T>): Promise<T> {
    return this.isIgnoring ? this.or(method, call, () => neutral) : call();
  }

  /** For a call that goes to several servers: where outages are ignored, those that are there count. */
  callsOf(method: string): CallOptions {
    if (!this.isIgnoring) return this.calls;
    let isPublished = false;
    const tolerates = (error: unknown): boolean => {
      if (!isOutage(error)) return false;
      if (!isPublished) publishIgnoredError({ alias: this.alias, operation: method, error });
      isPublished = true;
      return true;
    };
    return { ...this.calls, tolerates };
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
