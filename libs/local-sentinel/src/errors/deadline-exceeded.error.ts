import { LocalSentinelError } from './local-sentinel-error.js';

/** One step (a command, an exit, an event) did not happen within its deadline. */
export class DeadlineExceededError extends LocalSentinelError {
  constructor(what: string, deadlineMs: number) {
    super(
      'LOCAL_SENTINEL_DEADLINE',
      `${what}: expected within ${deadlineMs} ms, got nothing. The node may hang, or the machine be busy.`,
    );
  }
}
