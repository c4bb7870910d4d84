import type { SentinelCache } from './cache/sentinel-cache.js';
import { ExpressSessionStore } from './interop/express-session.adapter.js';
import { notStrict, type CacheSessionStoreOptions } from './interop/session-store.js';

export type { StoredSession } from './interop/express-session.adapter.js';
export type { SessionCallback } from './interop/session-store.js';
export type { CacheSessionStoreOptions };

/**
 * A store for express-session over a cache: sessions live as long as their cookie, to the millisecond; reads
 * are of the primary.
 *
 * - An outage reaches the callback as SessionUnavailableError (`statusCode` 503): nobody is logged out by
 *   one.
 * - A session that was destroyed or has ended while a request ran is not saved again: SessionInterruptedError
 *   (`statusCode` 400).
 * - ImproperlyConfiguredError for a cache with IGNORE_EXCEPTIONS: give `caches.strict(alias)`.
 *
 * @example
 * ```ts
 * const store = new CacheSessionStore(caches.strict());
 * app.use(session({ store, secret, resave: false, saveUninitialized: false }));
 * ```
 */
export class CacheSessionStore extends ExpressSessionStore {
  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    if (cache.ignoresOutages) throw notStrict(cache.alias);
    super(cache, options);
  }
}
