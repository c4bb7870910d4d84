import { Store, type Session, type SessionData } from 'express-session';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import { markOf, sameCookie, type CookieMark, type SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions, sessionIds } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback as Callback } from './session-store.js';

type StoredSession = SessionData & { id: string };

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

  override createSession(req: Parameters<Store['createSession']>[0], data: SessionData): Session & SessionData {
    const session = super.createSession(req, data);
    if (this.given.has(data)) this.known.set(session, markOf(session));
    return session;
  }

  override get(id: string): Promise<SessionData | null>;
  override get(id: string, callback: Callback<SessionData | null>): void;
  override get(id: string, callback?: Callback<SessionData | null>): unknown {
    return this.tell('get', this.read(id), callback, id);
  }

  override set(id: string, session: SessionData): Promise<void>;
  override set(id: string, session: SessionData, callback: Callback | undefined): void;
  override set(id: string, session: SessionData, callback?: Callback): unknown {
    return this.tell('set', this.save(id, session), callback, id);
  }

  override touch(id: string, session: SessionData): Promise<void>;
  override touch(id: string, session: SessionData, callback: Callback | undefined): void;
  override touch(id: string, session: SessionData, callback?: Callback): unknown {
    return this.tell('touch', this.prolong(id, session), callback, id);
  }

  override destroy(id: string): Promise<void>;
  override destroy(id: string, callback: Callback | undefined): void;
  override destroy(id: string, callback?: Callback): unknown {
    return this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  override all(): Promise<StoredSession[]>;
  override all(callback: Callback<StoredSession[]>): void;
  override all(callback?: Callback<StoredSession[]>): unknown {
    return this.tell('all', allSessions(this.entries) as Promise<StoredSession[]>, callback);
  }

  /** The ids of all sessions, as connect-redis has it. */
  ids(): Promise<string[]>;
  ids(callback: Callback<string[]>): void;
  ids(callback?: Callback<string[]>): unknown {
    return this.tell('ids', sessionIds(this.entries), callback);
  }

  override length(): Promise<number>;
  override length(callback: Callback<number>): void;
  override length(callback?: Callback<number>): unknown {
    return this.tell('length', countSessions(this.entries), callback);
  }

  override clear(): Promise<void>;
  override clear(callback: Callback | undefined): void;
  override clear(callback?: Callback): unknown {
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

  private tell<T>(operation: string, work: Promise<T>, callback: Callback<T> | undefined, id?: string): Promise<T> | undefined {
    return tell(work, callback, { alias: this.entries.cache.alias, operation: `session.${operation}`, id });
  }
}
