import type { SentinelCache } from './cache/sentinel-cache.js';
import { FastifySessionStore } from './interop/fastify-session.adapter.js';
import { notStrict, type CacheSessionStoreOptions } from './interop/session-store.js';

export type { StoredSession } from './interop/fastify-session.adapter.js';
export type { SessionCookieFields, SessionFields } from './interop/session-fields.js';
export type { SessionCallback } from './interop/session-store.js';
export type { CacheSessionStoreOptions };

/**
 * A store for @fastify/session over a cache: sessions live as long as their cookie, to the millisecond; reads
 * are of the primary.
 *
 * - An outage reaches the callback as SessionUnavailableError (`statusCode` 503): nobody is logged out by
 *   one.
 * - `set` always stores, as the library expects: a slow request can bring back a session that was destroyed
 *   meanwhile.
 * - ImproperlyConfiguredError for a cache with IGNORE_EXCEPTIONS: give `caches.strict(alias)`.
 *
 * @example
 * ```ts
 * await app.register(fastifySession, { store: new CacheSessionStore(caches.strict()), secret });
 * ```
 */
export class CacheSessionStore extends FastifySessionStore {
  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    if (cache.ignoresOutages) throw notStrict(cache.alias);
    super(cache, options);
  }
}
