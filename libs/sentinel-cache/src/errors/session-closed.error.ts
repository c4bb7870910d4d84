import { SentinelCacheError } from './sentinel-cache.error.js';

/**
 * A write to a session whose response has left: it could reach neither the store nor the cookie. HTTP 500.
 */
export class SessionClosedError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_SESSION_CLOSED';
  /** The HTTP status, where Express looks for it. */
  readonly status = 500;
  /** The HTTP status, where Nest and Fastify look for it. */
  readonly statusCode = 500;
  /** Whether clients may see the message. */
  readonly expose = true;
  /** Always `false`: nothing was saved. */
  readonly executed = false;

  static {
    this.prototype.name = 'SessionClosedError';
  }

  constructor(message = 'The session was written after the response headers were sent. Write before the response begins.') {
    super(SessionClosedError.code, message);
  }
}
