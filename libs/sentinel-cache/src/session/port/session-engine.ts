/** The fields of a session. Django's reserved names begin with an underscore. */
export type SessionData = Record<string, unknown>;

/** A session as it is stored. */
export interface StoredSession {
  /** The fields, for the program to change. */
  readonly data: SessionData;
  /** Returns the fields as they were stored, whatever was done to `data` meanwhile. */
  pristine(): SessionData;
  /** Stands for exactly this state, for `replace`. */
  readonly token: string;
}

/**
 * Keeps sessions. Every implementation passes the one suite of the engines.
 *
 * - Ages are whole seconds, and positive: an expired session is deleted, not saved.
 * - Every method rejects with CacheUnavailableError in an outage, and with CommandRejectedError or the
 *   driver's own error when the store refuses: an engine never turns any of them into "no such session".
 * - `load` rejects with CodecError for bytes that can't be read. `create`, `replace` and `seal` do for fields
 *   that can't be written, and for nothing else: that is a mistake of the program, and no outage.
 * - No error names a session's key: anyone who has it has the session.
 */
export interface SessionEngine {
  /** Whether `_session_expiry` may be a datetime; else it is ISO text, which Django reads too. */
  readonly keepsDates: boolean;
  /** Resolves to the session, or undefined when there is none or it has expired. */
  load(sessionKey: string): Promise<StoredSession | undefined>;
  /** Stores a new session. Resolves to false when the key is taken. */
  create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean>;
  /**
   * Replaces exactly the state of the token, in one step. Resolves to false when the state is another by now,
   * or gone.
   */
  replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean>;
  /**
   * Deletes a session. Resolves to true when there was one: of several that end a session at once, one gets
   * true. Without server state (`seal`) nobody can tell, and all get true.
   */
  delete(sessionKey: string): Promise<boolean>;
  /** Resolves to whether the key is taken. */
  exists(sessionKey: string): Promise<boolean>;
  /** Removes expired sessions where the store does not do that by itself. */
  clearExpired(): Promise<void>;
  /**
   * Only engines without server state (signed_cookies): returns the cookie's value, which is the session
   * itself. Throws CodecError.
   */
  seal?(data: SessionData): string;
}
