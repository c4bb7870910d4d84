import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import type { SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback } from './session-store.js';

/**
 * @fastify/session's store over a cache. The library hands over each session as a new object, so that the store can't tell a new one
 * from one that was read: `set` always stores.
 */
export class FastifySessionStore {
  private readonly entries: SessionEntries;

  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    this.entries = new SessionEntries(cache, options);
  }

  get(id: string, callback: (error: unknown, session?: SessionFields | null) => void): void {
    const session = this.entries.load(id).then((found) => found ?? null);
    this.tell('get', session, callback, id);
  }

  set(id: string, session: SessionFields, callback?: SessionCallback): void {
    this.tell('set', this.entries.save(id, session), callback, id);
  }

  /** @fastify/session has no use for it: a rolling session is saved. */
  touch(id: string, session: SessionFields, callback?: SessionCallback): void {
    this.tell('touch', this.entries.touch(id, session), callback, id);
  }

  destroy(id: string, callback?: SessionCallback): void {
    this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  all(callback: (error: unknown, sessions?: (SessionFields & { id: string })[]) => void): void {
    this.tell('all', allSessions(this.entries), callback);
  }

  length(callback: (error: unknown, length?: number) => void): void {
    this.tell('length', countSessions(this.entries), callback);
  }

  clear(callback?: SessionCallback): void {
    this.tell('clear', clearSessions(this.entries), callback);
  }

  private tell<T>(operation: string, work: Promise<T>, callback: SessionCallback<T> | undefined, id?: string): void {
    tell(work, callback, { alias: this.entries.cache.alias, operation: `session.${operation}`, id });
  }
}
