import { LocalSentinelError } from './local-sentinel-error.js';

/** One step (a command, an exit, an event) did not happen within its deadline. */
export class DeadlineExceededError extends LocalSentinelError {
  constructor(what: string, deadlineMs: number) {
    super('LOCAL_SENTINEL_DEADLINE', `${what}: nothing within ${deadlineMs} ms`);
  }
}
