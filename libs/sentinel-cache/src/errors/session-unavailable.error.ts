import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * The session store can't be asked, or holds what can't be read. HTTP 503; the cookie stays, nobody is logged out. `cause` is the
 * store's own error; it names addresses, so clients get this one.
 */
export class SessionUnavailableError extends SentinelCacheError {
  readonly statusCode = 503;

  constructor(options: SentinelCacheErrorOptions = {}) {
    super('SENTINEL_CACHE_SESSION_UNAVAILABLE', 'The session is not available right now.', options);
  }
}
