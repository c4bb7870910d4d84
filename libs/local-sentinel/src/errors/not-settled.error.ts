import { LocalSentinelError } from './local-sentinel-error.js';

/**
 * A wait ran out of time; {@link NotSettledError.missing} says what was still missing when it was last looked
 * at.
 */
export class NotSettledError extends LocalSentinelError {
  /** One sentence for each fact that did not hold yet. */
  readonly missing: readonly string[];

  constructor(what: string, waitedMs: number, missing: readonly string[]) {
    super('LOCAL_SENTINEL_NOT_SETTLED', `${what}: not reached within ${waitedMs} ms. Missing: ${missing.join('; ')}`);
    this.missing = missing;
  }
}
