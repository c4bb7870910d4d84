/** A session's fields. Reserved names begin with an underscore (S-10). */
export type SessionData = Record<string, unknown>;

/** A stored session: its fields, a second pristine copy of them when asked, and a token that stands for exactly this state. */
export interface StoredSession {
  readonly data: SessionData;
  /** Another copy: what the fields were, whatever has been done to `data` meanwhile. */
  pristine(): SessionData;
  readonly token: string;
}

/** How a save ended. `conflict`: somebody else saved meanwhile; `gone`: there is no such session any more. */
export type SaveOutcome = 'saved' | 'conflict' | 'gone';

/**
 * Keeps sessions. Every implementation passes the engines' one suite.
 *
 * Ages are whole seconds; 0 and less: the session ends now. Outages reject (CacheUnavailableError or the database's own error): an
 * engine never turns one into "no such session".
 */
export interface SessionEngine {
  /** The session, or undefined when there is none, or it is over. */
  load(sessionKey: string): Promise<StoredSession | undefined>;
  /** Stores a new session; false when the key is taken. */
  create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean>;
  /** Replaces the state of the token, in one step. */
  save(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<SaveOutcome>;
  delete(sessionKey: string): Promise<void>;
  exists(sessionKey: string): Promise<boolean>;
  /** Removes sessions that are over, where that is not the store's own doing. */
  clearExpired(): Promise<void>;
}
