/** A row of django_session, without its key. */
export interface SessionRow {
  /** Column `session_data`: signed text. */
  readonly text: string;
  /** Column `expire_date`. */
  readonly expiresAt: Date;
}

/**
 * The table `django_session`, as the engines `db` and `cached_db` need it. Implement it for another database or driver; or use
 * PgSessionRepository, Mysql2SessionRepository or BetterSqlite3SessionRepository.
 *
 * Every method settles within a deadline of its own. An outage rejects with CacheUnavailableError, anything else with the driver's error.
 */
export interface SessionRepository {
  /** The row, if it expires after `now`. */
  find(sessionKey: string, now: Date): Promise<SessionRow | undefined>;
  /** Adds a row; false when there is one with this key, expired or not. */
  insert(sessionKey: string, row: SessionRow): Promise<boolean>;
  /** Replaces a row if its text is exactly `unchangedText` and it expires after `now`: one statement, decided by the database. */
  updateIfUnchanged(sessionKey: string, unchangedText: string, row: SessionRow, now: Date): Promise<boolean>;
  /** Whether there was a row, expired or not: of several that delete it at once, one gets true. */
  delete(sessionKey: string): Promise<boolean>;
  /** Whether there is a row with this key, expired or not: the key is taken then. */
  exists(sessionKey: string): Promise<boolean>;
  /** Removes the rows that expired before `now`. */
  deleteExpired(now: Date): Promise<void>;
}
