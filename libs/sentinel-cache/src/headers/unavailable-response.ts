/**
 * When a client may ask again, in seconds: a failover takes a few, and a request that comes too early costs
 * next to nothing.
 */
export const RETRY_AFTER_SECONDS = 1;

/** What an HTTP client is told in an outage of a cache: no address, key or reason. */
export const UNAVAILABLE = Object.freeze({ statusCode: 503, message: 'The cache is not available right now.' });
