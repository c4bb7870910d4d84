import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import type { SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions, sessionIds } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback } from './session-store.js';

/** A session with its id, as `all` gives it. */
export type StoredSession = SessionFields & {
  /** The id that its cookie carries: whoever has it has the session. */
  id: string;
};

/**
 * @fastify/session's store over a cache. The library hands over each session as a new object, so that the store can't tell a new one
 * from one that was read: `set` always stores. Without a callback each method gives a promise.
 */
export class FastifySessionStore {
  private readonly entries: SessionEntries;

  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    this.entries = new SessionEntries(cache, options);
  }

  /**
   * Gets a session; null when there is none. Rejects with SessionUnavailableError when the cache cannot be
   * asked.
   */
  get(id: string): Promise<SessionFields | null>;
  get(id: string, callback: SessionCallback<SessionFields | null>): void;
  get(id: string, callback?: SessionCallback<SessionFields | null>): unknown {
    const session = this.entries.load(id).then((found) => found ?? null);
    return this.tell('get', session, callback, id);
  }

  /**
   * Stores a session until its cookie ends. Rejects with InvalidArgumentError for a session without a cookie,
   * with SessionUnavailableError when the cache cannot be asked.
   */
  set(id: string, session: SessionFields): Promise<void>;
  set(id: string, session: SessionFields, callback: SessionCallback | undefined): void;
  set(id: string, session: SessionFields, callback?: SessionCallback): unknown {
    return this.tell('set', this.entries.save(id, session), callback, id);
  }

  /**
   * Prolongs a session until its cookie ends; with `disableTouch` it does nothing. Rejects with
   * InvalidArgumentError for a session without a cookie, with SessionUnavailableError when the cache cannot
   * be asked. @fastify/session does not call it: it saves a rolling session.
   */
  touch(id: string, session: SessionFields): Promise<void>;
  touch(id: string, session: SessionFields, callback: SessionCallback | undefined): void;
  touch(id: string, session: SessionFields, callback?: SessionCallback): unknown {
    return this.tell('touch', this.entries.touch(id, session), callback, id);
  }

  /**
   * Removes a session; nothing happens when there is none. Rejects with SessionUnavailableError when the
   * cache cannot be asked.
   */
  destroy(id: string): Promise<void>;
  destroy(id: string, callback: SessionCallback | undefined): void;
  destroy(id: string, callback?: SessionCallback): unknown {
    return this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  /**
   * Gets all sessions, each with its id. Rejects with SessionUnavailableError when the cache cannot be asked.
   */
  all(): Promise<StoredSession[]>;
  all(callback: SessionCallback<StoredSession[]>): void;
  all(callback?: SessionCallback<StoredSession[]>): unknown {
    return this.tell('all', allSessions(this.entries), callback);
  }

  /** Gets the ids of all sessions. Rejects with SessionUnavailableError when the cache cannot be asked. */
  ids(): Promise<string[]>;
  ids(callback: SessionCallback<string[]>): void;
  ids(callback?: SessionCallback<string[]>): unknown {
    return this.tell('ids', sessionIds(this.entries), callback);
  }

  /** Counts all sessions. Rejects with SessionUnavailableError when the cache cannot be asked. */
  length(): Promise<number>;
  length(callback: SessionCallback<number>): void;
  length(callback?: SessionCallback<number>): unknown {
    return this.tell('length', countSessions(this.entries), callback);
  }

  /** Removes all sessions. Rejects with SessionUnavailableError when the cache cannot be asked. */
  clear(): Promise<void>;
  clear(callback: SessionCallback | undefined): void;
  clear(callback?: SessionCallback): unknown {
    return this.tell('clear', clearSessions(this.entries), callback);
  }

  private tell<T>(
    operation: string,
    work: Promise<T>,
    callback: SessionCallback<T> | undefined,
    id?: string,
  ): Promise<T> | undefined {
    return tell(work, callback, { alias: this.entries.cache.alias, operation: `session.${operation}`, id });
  }
}
