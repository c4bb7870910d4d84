import { SentinelCacheError } from './sentinel-cache.error.js';

/** A write to a session whose response has left: it could reach neither the store nor the cookie. HTTP 500. */
export class SessionClosedError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_SESSION_CLOSED';
  /** The marks by which Nest, Express and Fastify know an HTTP error whose message may be shown. */
  readonly status = 500;
  readonly statusCode = 500;
  readonly expose = true;
  readonly executed = false;

  static {
    this.prototype.name = 'SessionClosedError';
  }

  constructor(message = 'The session was written after the response headers were sent. Write before the response begins.') {
    super(SessionClosedError.code, message);
  }
}
