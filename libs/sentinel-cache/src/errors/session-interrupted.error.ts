import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** The session ended while the request ran (logged out elsewhere, or over): nothing was saved. HTTP 400, as in Django. */
export class SessionInterruptedError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_SESSION_INTERRUPTED';
  /** The marks by which Nest, Express and Fastify know an HTTP error whose message may be shown. */
  readonly status = 400;
  readonly statusCode = 400;
  readonly expose = true;
  readonly executed = false;

  static {
    this.prototype.name = 'SessionInterruptedError';
  }

  constructor(options: SentinelCacheErrorOptions = {}) {
    super(SessionInterruptedError.code, "The request's session was deleted before the request completed.", options);
  }
}
