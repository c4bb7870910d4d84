import { Store, type Session, type SessionData } from 'express-session';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { SessionEntries } from './session-entries.js';
import { markOf, sameCookie, type CookieMark, type SessionFields } from './session-fields.js';
import { allSessions, clearSessions, countSessions } from './session-scan.js';
import { tell, type CacheSessionStoreOptions, type SessionCallback } from './session-store.js';

/**
 * express-session's Store over a cache. It learns from `createSession` which sessions were read from it: those are saved only while
 * they are still there, so that a slow request can't bring back a session that was destroyed meanwhile.
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

  override get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.tell('get', this.read(id), callback, id);
  }

  override set(id: string, session: SessionData, callback?: SessionCallback): void {
    this.tell('set', this.save(id, session), callback, id);
  }

  override touch(id: string, session: SessionData, callback?: SessionCallback): void {
    const stored = this.known.get(session);
    const isSame = stored !== undefined && sameCookie(stored, markOf(session));
    this.tell('touch', this.entries.touch(id, session, isSame), callback, id);
  }

  override destroy(id: string, callback?: SessionCallback): void {
    this.tell('destroy', this.entries.destroy(id), callback, id);
  }

  override all(callback: (error: unknown, sessions?: (SessionData & { id: string })[]) => void): void {
    this.tell('all', allSessions(this.entries) as Promise<(SessionData & { id: string })[]>, callback);
  }

  override length(callback: (error: unknown, length?: number) => void): void {
    this.tell('length', countSessions(this.entries), callback);
  }

  override clear(callback?: SessionCallback): void {
    this.tell('clear', clearSessions(this.entries), callback);
  }

  private async read(id: string): Promise<SessionData | null> {
    const session = await this.entries.load(id);
    if (session) this.given.add(session);
    return (session as SessionData | undefined) ?? null;
  }

  private async save(id: string, session: SessionFields): Promise<void> {
    const mark = markOf(session);
    await this.entries.save(id, session, this.known.has(session));
    this.known.set(session, mark);
  }

  private tell<T>(operation: string, work: Promise<T>, callback: SessionCallback<T> | undefined, id?: string): void {
    tell(work, callback, { alias: this.entries.cache.alias, operation: `session.${operation}`, id });
  }
}
