import { Store, type Session, type SessionData } from 'express-session';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import { markOf, sameCookie, type CookieMark, type SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions, sessionIds } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback } from './session-store.js';

/** A session with its id, as `all` gives it. */
export type StoredSession = SessionData & {
  /** The id that its cookie carries: whoever has it has the session. */
  id: string;
};

/**
 * express-session's Store over a cache. It learns from `createSession` which sessions were read from it: those are saved only while
 * they are still there, so that a slow request can't bring back a session that was destroyed meanwhile. Without a callback each
 * method gives a promise.
 */
export class ExpressSessionStore extends Store {
  private readonly entries: SessionEntries;
  /** What `get` has given away. */
  private readonly given = new WeakSet<object>();
  /** Sessions that are known to have been stored, with their cookie as it is stored. */
  private readonly known = new WeakMap<object, CookieMark>();

  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    super();
    this.entries = new SessionEntries(cache, options);
  }

  /** Makes the session of a request from stored data; express-session calls it. */
  override createSession(req: Parameters<Store['createSession']>[0], data: SessionData): Session & SessionData {
    const session = super.createSession(req, data);
    if (this.given.has(data)) this.known.set(session, markOf(session));
    return session;
  }

  /**
   * Gets a session; null when there is none. Rejects with SessionUnavailableError when the cache cannot be
   * asked.
   */
  override get(id: string): Promise<SessionData | null>;
  override get(id: string, callback: SessionCallback<SessionData | null>): void;
  override get(id: string, callback?: SessionCallback<SessionData | null>): unknown {
    return this.tell('get', this.read(id), callback, id);
  }

  /**
   * Stores a session until its cookie ends. Rejects with InvalidArgumentError for a session without a cookie,
   * with SessionUnavailableError when the cache cannot be asked, with SessionInterruptedError when it was
   * destroyed or has ended since it was read.
   */
  override set(id: string, session: SessionData): Promise<void>;
  override set(id: string, session: SessionData, callback: SessionCallback | undefined): void;
  override set(id: string, session: SessionData, callback?: SessionCallback): unknown {
    return this.tell('set', this.save(id, session), callback, id);
  }

  /**
   * Prolongs a session until its cookie ends; with `disableTouch` it does nothing. Rejects with
   * InvalidArgumentError for a session without a cookie, with SessionUnavailableError when the cache cannot
   * be asked.
   */
  override touch(id: string, session: SessionData): Promise<void>;
  override touch(id: string, session: SessionData, callback: SessionCallback | undefined): void;
  override touch(id: string, session: SessionData, callback?: SessionCallback): unknown {
    return this.tell('touch', this.prolong(id, session), callback, id);
  }

  /**
   * Removes a session; nothing happens when there is none. Rejects with SessionUnavailableError when the
   * cache cannot be asked.
   */
  override destroy(id: string): Promise<void>;
  override destroy(id: string, callback: SessionCallback | undefined): void;
  override destroy(id: string, callback?: SessionCallback): unknown {
    return this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  /**
   * Gets all sessions, each with its id. Rejects with SessionUnavailableError when the cache cannot be asked.
   */
  override all(): Promise<StoredSession[]>;
  override all(callback: SessionCallback<StoredSession[]>): void;
  override all(callback?: SessionCallback<StoredSession[]>): unknown {
    return this.tell('all', allSessions(this.entries) as Promise<StoredSession[]>, callback);
  }

  /** Gets the ids of all sessions. Rejects with SessionUnavailableError when the cache cannot be asked. */
  ids(): Promise<string[]>;
  ids(callback: SessionCallback<string[]>): void;
  ids(callback?: SessionCallback<string[]>): unknown {
    return this.tell('ids', sessionIds(this.entries), callback);
  }

  /** Counts all sessions. Rejects with SessionUnavailableError when the cache cannot be asked. */
  override length(): Promise<number>;
  override length(callback: SessionCallback<number>): void;
  override length(callback?: SessionCallback<number>): unknown {
    return this.tell('length', countSessions(this.entries), callback);
  }

  /** Removes all sessions. Rejects with SessionUnavailableError when the cache cannot be asked. */
  override clear(): Promise<void>;
  override clear(callback: SessionCallback | undefined): void;
  override clear(callback?: SessionCallback): unknown {
    return this.tell('clear', clearSessions(this.entries), callback);
  }

  private async read(id: string): Promise<SessionData | null> {
    const session = await this.entries.load(id);
    if (session) this.given.add(session);
    return (session as SessionData | undefined) ?? null;
  }

  private async save(id: string, session: SessionFields): Promise<void> {
    this.entries.check(session);
    const mark = markOf(session);
    await this.entries.save(id, session, this.known.has(session));
    this.known.set(session, mark);
  }

  private async prolong(id: string, session: SessionFields): Promise<void> {
    this.entries.check(session);
    const stored = this.known.get(session);
    const isSame = stored !== undefined && sameCookie(stored, markOf(session));
    await this.entries.touch(id, session, isSame);
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
