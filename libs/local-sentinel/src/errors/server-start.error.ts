import { LocalSentinelError } from './local-sentinel-error.js';

/**
 * A server process ended before it answered, or did not answer in time; the text carries the end of its log.
 */
export class ServerStartError extends LocalSentinelError {
  /** True when another process held the port; a start retries that on other ports by itself. */
  readonly portTaken: boolean;

  constructor(nodeName: string, reason: string, log: string) {
    super('LOCAL_SENTINEL_START_FAILED', `${nodeName}: ${reason}. End of its log:\n${log.trim() || '(empty)'}`);
    this.portTaken = /Address already in use|Could not create server TCP listening socket|Failed listening on port/i.test(log);
  }
}
