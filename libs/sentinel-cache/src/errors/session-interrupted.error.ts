import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * The session ended while the request ran (logged out elsewhere, or over): nothing was saved. HTTP 400, as in
 * Django.
 */
export class SessionInterruptedError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_SESSION_INTERRUPTED';
  /** The HTTP status, where Express looks for it. */
  readonly status = 400;
  /** The HTTP status, where Nest and Fastify look for it. */
  readonly statusCode = 400;
  /** Whether clients may see the message. */
  readonly expose = true;
  /** Always `false`: nothing was saved. */
  readonly executed = false;

  static {
    this.prototype.name = 'SessionInterruptedError';
  }

  constructor(options: SentinelCacheErrorOptions = {}) {
    super(SessionInterruptedError.code, "The request's session was deleted before the request completed.", options);
  }
}
