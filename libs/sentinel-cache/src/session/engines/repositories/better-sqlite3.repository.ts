import { CacheUnavailableError } from '../../../errors/cache-unavailable.error.js';
import type { SessionRepository, SessionRow } from '../session-repository.js';
import { detailOf, fromUtcText, toUtcText } from './database-calls.js';

/** What is used of a `better-sqlite3` Database. */
export interface BetterSqlite3Database {
  /** Prepares a statement with `?` placeholders. */
  prepare(sql: string): {
    get(...values: string[]): unknown;
    run(...values: string[]): { readonly changes: number };
  };
}

/** Another process holds the file, or it can't be read or written. */
const OUTAGE_CODES = /^SQLITE_(BUSY|LOCKED|CANTOPEN|IOERR|FULL|READONLY|PROTOCOL)/;

/**
 * Keeps sessions in the table `django_session` of SQLite, through a `better-sqlite3` Database that you open
 * and close. The columns are those of Django with USE_TZ: varchar(40), text, datetime as text in UTC.
 *
 * Calls are synchronous: they block the process while SQLite works. The Database's own `timeout` (5 s) bounds
 * the wait for another process's lock. Every method rejects with CacheUnavailableError in an outage, else
 * with the driver's error.
 *
 * @example
 * ```ts
 * const repository = new BetterSqlite3SessionRepository(new Database('db.sqlite3'));
 * ```
 */
export class BetterSqlite3SessionRepository implements SessionRepository {
  constructor(private readonly database: BetterSqlite3Database) {}

  /**
   * Reads a row, as SessionRepository. Rejects with CacheUnavailableError in an outage, else with the
   * driver's error.
   */
  async find(sessionKey: string, now: Date): Promise<SessionRow | undefined> {
    const sql =
      'SELECT session_data AS text, expire_date AS expiresAt FROM django_session WHERE session_key = ? AND expire_date > ?';
    const row = this.get(sql, sessionKey, toUtcText(now)) as { text: string; expiresAt: string } | undefined;
    return row && { text: row.text, expiresAt: fromUtcText(row.expiresAt) };
  }

  /** Adds a row, as SessionRepository. Rejects as `find`. */
  async insert(sessionKey: string, row: SessionRow): Promise<boolean> {
    const sql =
      'INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?) ON CONFLICT (session_key) DO NOTHING';
    return this.write(sql, sessionKey, row.text, toUtcText(row.expiresAt)) === 1;
  }

  /** Replaces a row, as SessionRepository. Rejects as `find`. */
  async updateIfUnchanged(sessionKey: string, unchangedText: string, row: SessionRow, now: Date): Promise<boolean> {
    const sql =
      'UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ? AND session_data = ? AND expire_date > ?';
    return this.write(sql, row.text, toUtcText(row.expiresAt), sessionKey, unchangedText, toUtcText(now)) === 1;
  }

  /** Deletes a row, as SessionRepository. Rejects as `find`. */
  async delete(sessionKey: string): Promise<boolean> {
    return this.write('DELETE FROM django_session WHERE session_key = ?', sessionKey) > 0;
  }

  /** Looks for a row, as SessionRepository. Rejects as `find`. */
  async exists(sessionKey: string): Promise<boolean> {
    return this.get('SELECT 1 FROM django_session WHERE session_key = ?', sessionKey) !== undefined;
  }

  /** Deletes expired rows, as SessionRepository. Rejects as `find`. */
  async deleteExpired(now: Date): Promise<void> {
    this.write('DELETE FROM django_session WHERE expire_date < ?', toUtcText(now));
  }

  private get(sql: string, ...values: string[]): unknown {
    return tellingOutages(() => this.database.prepare(sql).get(...values));
  }

  private write(sql: string, ...values: string[]): number {
    return tellingOutages(() => this.database.prepare(sql).run(...values).changes);
  }
}

/** A statement that failed was not executed: SQLite rolls it back. */
function tellingOutages<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!OUTAGE_CODES.test(detailOf(error, 'code'))) throw error;
    throw new CacheUnavailableError('connection-lost', false, "The session database can't be reached.", { cause: error });
  }
}
