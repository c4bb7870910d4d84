import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import type { SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions, sessionIds } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback } from './session-store.js';

/** A session with its id, as `all` gives it. */
export type StoredSession = SessionFields & {
  /** The id that its cookie carries: anyone who has it has the session. */
  id: string;
};

/**
 * Keeps the sessions of @fastify/session in a cache. The library hands over each session as a new object, so
 * that the store can't tell a new session from one that was read: `set` always stores.
 *
 * Each method takes a callback, or returns a promise. They fail with SessionUnavailableError (503) when the
 * cache can't be asked, refuses, or holds what can't be read; and with InvalidArgumentError for a session
 * that is no object, or for a KEY_FUNCTION whose keys have no common beginning (`all`, `ids`, `length`,
 * `clear`). A session without a cookie lives for `ttl`, and the library gives it one when it reads it.
 */
export class FastifySessionStore {
  private readonly entries: SessionEntries;

  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    this.entries = new SessionEntries(cache, options, 'optional');
  }

  /** Reads a session. Resolves to null when there is none. Rejects with SessionUnavailableError. */
  get(id: string): Promise<SessionFields | null>;
  get(id: string, callback: SessionCallback<SessionFields | null>): void;
  get(id: string, callback?: SessionCallback<SessionFields | null>): unknown {
    const session = this.entries.load(id).then((found) => found ?? null);
    return this.tell('get', session, callback, id);
  }

  /**
   * Stores a session until its cookie ends; for `ttl` without one. Rejects with SessionUnavailableError or
   * InvalidArgumentError.
   */
  set(id: string, session: Partial<SessionFields>): Promise<void>;
  set(id: string, session: Partial<SessionFields>, callback: SessionCallback | undefined): void;
  set(id: string, session: Partial<SessionFields>, callback?: SessionCallback): unknown {
    return this.tell('set', this.entries.save(id, session as SessionFields), callback, id);
  }

  /**
   * Prolongs a session until its cookie ends; @fastify/session never calls it. Rejects with
   * SessionUnavailableError or InvalidArgumentError.
   */
  touch(id: string, session: Partial<SessionFields>): Promise<void>;
  touch(id: string, session: Partial<SessionFields>, callback: SessionCallback | undefined): void;
  touch(id: string, session: Partial<SessionFields>, callback?: SessionCallback): unknown {
    return this.tell('touch', this.entries.touch(id, session as SessionFields), callback, id);
  }

  /** Deletes a session. Rejects with SessionUnavailableError. */
  destroy(id: string): Promise<void>;
  destroy(id: string, callback: SessionCallback | undefined): void;
  destroy(id: string, callback?: SessionCallback): unknown {
    return this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  /**
   * Resolves to all sessions, each with its id. Rejects with SessionUnavailableError or InvalidArgumentError.
   */
  all(): Promise<StoredSession[]>;
  all(callback: SessionCallback<StoredSession[]>): void;
  all(callback?: SessionCallback<StoredSession[]>): unknown {
    return this.tell('all', allSessions(this.entries), callback);
  }

  /** Resolves to the ids of all sessions. Rejects with SessionUnavailableError or InvalidArgumentError. */
  ids(): Promise<string[]>;
  ids(callback: SessionCallback<string[]>): void;
  ids(callback?: SessionCallback<string[]>): unknown {
    return this.tell('ids', sessionIds(this.entries), callback);
  }

  /** Resolves to the number of sessions. Rejects with SessionUnavailableError or InvalidArgumentError. */
  length(): Promise<number>;
  length(callback: SessionCallback<number>): void;
  length(callback?: SessionCallback<number>): unknown {
    return this.tell('length', countSessions(this.entries), callback);
  }

  /** Deletes all sessions. Rejects with SessionUnavailableError or InvalidArgumentError. */
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
