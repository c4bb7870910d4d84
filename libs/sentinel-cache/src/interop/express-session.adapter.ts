import { Store, type Session, type SessionData } from 'express-session';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import { markOf, sameCookie, type CookieMark, type SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions, sessionIds } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback } from './session-store.js';

/** A session with its id, as `all` gives it. */
export type StoredSession = SessionData & {
  /** The id that its cookie carries: anyone who has it has the session. */
  id: string;
};

/**
 * Keeps the sessions of express-session in a cache. It learns from `createSession` which sessions were read
 * from it, and saves those only while they are still there, so that a slow request can't bring back a session
 * that was destroyed meanwhile.
 *
 * Each method takes a callback, or returns a promise. They fail with SessionUnavailableError (503) when the
 * cache can't be asked, refuses, or holds what can't be read; with SessionInterruptedError (400) where a
 * session was destroyed meanwhile; and with InvalidArgumentError for a session without its cookie, or for a
 * KEY_FUNCTION whose keys have no common beginning (`all`, `ids`, `length`, `clear`).
 */
export class ExpressSessionStore extends Store {
  private readonly entries: SessionEntries;
  /** What `get` has handed out. */
  private readonly given = new WeakSet<object>();
  /** Sessions that are known to be stored, with their cookie as it is stored. */
  private readonly known = new WeakMap<object, CookieMark>();

  constructor(cache: SentinelCache, options?: CacheSessionStoreOptions) {
    super();
    this.entries = new SessionEntries(cache, options);
  }

  /** Creates the session object of a request from stored fields. Called by express-session. */
  override createSession(req: Parameters<Store['createSession']>[0], data: SessionData): Session & SessionData {
    const session = super.createSession(req, data);
    if (this.given.has(data)) this.known.set(session, markOf(session));
    return session;
  }

  /** Reads a session. Resolves to null when there is none. Rejects with SessionUnavailableError. */
  override get(id: string): Promise<SessionData | null>;
  override get(id: string, callback: SessionCallback<SessionData | null>): void;
  override get(id: string, callback?: SessionCallback<SessionData | null>): unknown {
    return this.tell('get', this.read(id), callback, id);
  }

  /**
   * Stores a session until its cookie ends. Rejects with SessionUnavailableError, SessionInterruptedError or
   * InvalidArgumentError.
   */
  override set(id: string, session: SessionData): Promise<void>;
  override set(id: string, session: SessionData, callback: SessionCallback | undefined): void;
  override set(id: string, session: SessionData, callback?: SessionCallback): unknown {
    return this.tell('set', this.save(id, session), callback, id);
  }

  /**
   * Prolongs a session until its cookie ends. Rejects with SessionUnavailableError or InvalidArgumentError.
   */
  override touch(id: string, session: SessionData): Promise<void>;
  override touch(id: string, session: SessionData, callback: SessionCallback | undefined): void;
  override touch(id: string, session: SessionData, callback?: SessionCallback): unknown {
    return this.tell('touch', this.prolong(id, session), callback, id);
  }

  /** Deletes a session. Rejects with SessionUnavailableError. */
  override destroy(id: string): Promise<void>;
  override destroy(id: string, callback: SessionCallback | undefined): void;
  override destroy(id: string, callback?: SessionCallback): unknown {
    return this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  /**
   * Resolves to all sessions, each with its id. Rejects with SessionUnavailableError or InvalidArgumentError.
   */
  override all(): Promise<StoredSession[]>;
  override all(callback: SessionCallback<StoredSession[]>): void;
  override all(callback?: SessionCallback<StoredSession[]>): unknown {
    return this.tell('all', allSessions(this.entries) as Promise<StoredSession[]>, callback);
  }

  /**
   * Resolves to the ids of all sessions, as in connect-redis. Rejects with SessionUnavailableError or
   * InvalidArgumentError.
   */
  ids(): Promise<string[]>;
  ids(callback: SessionCallback<string[]>): void;
  ids(callback?: SessionCallback<string[]>): unknown {
    return this.tell('ids', sessionIds(this.entries), callback);
  }

  /** Resolves to the number of sessions. Rejects with SessionUnavailableError or InvalidArgumentError. */
  override length(): Promise<number>;
  override length(callback: SessionCallback<number>): void;
  override length(callback?: SessionCallback<number>): unknown {
    return this.tell('length', countSessions(this.entries), callback);
  }

  /** Deletes all sessions. Rejects with SessionUnavailableError or InvalidArgumentError. */
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
