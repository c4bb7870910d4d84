/** A row of django_session, without its key. */
export interface SessionRow {
  /** Column `session_data`: signed text. */
  readonly text: string;
  /** Column `expire_date`. */
  readonly expiresAt: Date;
}

/**
 * Reads and writes the table `django_session` for the engines `db` and `cached_db`. Implement it for another
 * database or driver, or use PgSessionRepository, Mysql2SessionRepository or BetterSqlite3SessionRepository.
 *
 * Every method settles within a deadline of its own. It rejects with CacheUnavailableError in an outage, else
 * with the driver's error.
 */
export interface SessionRepository {
  /**
   * Resolves to the row if it expires after `now`, else to undefined. Rejects with CacheUnavailableError in
   * an outage, else with the driver's error.
   */
  find(sessionKey: string, now: Date): Promise<SessionRow | undefined>;
  /** Adds a row. Resolves to false when there is one with this key, expired or not. Rejects as `find`. */
  insert(sessionKey: string, row: SessionRow): Promise<boolean>;
  /**
   * Replaces a row if its text is exactly `unchangedText` and it expires after `now`, in one statement.
   * Resolves to whether it did. Rejects as `find`.
   */
  updateIfUnchanged(sessionKey: string, unchangedText: string, row: SessionRow, now: Date): Promise<boolean>;
  /**
   * Deletes a row, expired or not. Resolves to true when there was one: of several that delete it at once,
   * one gets true. Rejects as `find`.
   */
  delete(sessionKey: string): Promise<boolean>;
  /** Resolves to whether there is a row with this key, expired or not. Rejects as `find`. */
  exists(sessionKey: string): Promise<boolean>;
  /** Deletes the rows that expired before `now`. Rejects as `find`. */
  deleteExpired(now: Date): Promise<void>;
}
