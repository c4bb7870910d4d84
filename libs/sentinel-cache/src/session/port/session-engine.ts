/** A session's fields. Reserved names begin with an underscore. */
export type SessionData = Record<string, unknown>;

/** A stored session: its fields, a second copy of them for comparison, and a token that stands for exactly this state. */
export interface StoredSession {
  readonly data: SessionData;
  /** The fields as they were stored, whatever has been done to `data` meanwhile. */
  pristine(): SessionData;
  readonly token: string;
}

/**
 * Keeps sessions. Every implementation passes the one suite of the engines.
 *
 * - Ages are whole seconds and positive: what is over is deleted, not saved.
 * - An outage rejects, and so do bytes that can't be read: an engine never turns either into "no such session".
 * - No error names a session's key: whoever has it has the session.
 */
export interface SessionEngine {
  /** Whether `_session_expiry` may be a datetime; else it is ISO text, which Django reads too. */
  readonly keepsDates: boolean;
  /** The session, or undefined when there is none, or it is over. */
  load(sessionKey: string): Promise<StoredSession | undefined>;
  /** Stores a new session; false when the key is taken. */
  create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean>;
  /** Replaces the state of the token in one step; false when it is another by now, or gone. */
  replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean>;
  /** Whether there was one: of several that end a session at once, one gets true. Without server state (`seal`) nobody can say: true. */
  delete(sessionKey: string): Promise<boolean>;
  exists(sessionKey: string): Promise<boolean>;
  /** Removes sessions that are over, where that is not the store's own doing. */
  clearExpired(): Promise<void>;
  /** Engines without server state only: the cookie's value is the session itself (signed_cookies). */
  seal?(data: SessionData): string;
}
