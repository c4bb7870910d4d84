import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * The session store can't be asked, or holds what can't be read. HTTP 503; the cookie stays, nobody is logged out. `cause` is the
 * store's own error; it names addresses, so clients get this one.
 */
export class SessionUnavailableError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_SESSION_UNAVAILABLE';
  /** The marks by which Nest, Express and Fastify know an HTTP error whose message may be shown. */
  readonly status = 503;
  readonly statusCode = 503;
  readonly expose = true;

  static {
    this.prototype.name = 'SessionUnavailableError';
  }

  constructor(options: SentinelCacheErrorOptions = {}) {
    super(SessionUnavailableError.code, 'The session is not available right now.', options);
  }
}
