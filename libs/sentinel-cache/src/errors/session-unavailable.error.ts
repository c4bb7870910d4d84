import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * The session store can't be asked, or holds what can't be read. HTTP 503; the cookie stays, nobody is logged
 * out. `cause` is the store's own error; it names addresses, so clients get this one.
 */
export class SessionUnavailableError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_SESSION_UNAVAILABLE';
  /** The HTTP status, where Express looks for it. */
  readonly status = 503;
  /** The HTTP status, where Nest and Fastify look for it. */
  readonly statusCode = 503;
  /** Whether clients may see the message. */
  readonly expose = true;

  static {
    this.prototype.name = 'SessionUnavailableError';
  }

  constructor(options: SentinelCacheErrorOptions = {}) {
    super(SessionUnavailableError.code, 'The session is not available right now.', options);
  }
}
