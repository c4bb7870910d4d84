import type { SessionRepository, SessionRow } from '../session-repository.js';
import { DatabaseCalls, detailOf, fromUtcText, toUtcText, type SessionRepositoryOptions } from './database-calls.js';

/** What is used of a Pool or Connection of `mysql2/promise`. */
export interface Mysql2Executable {
  /** Runs a prepared statement with `?` placeholders. Rejects with the driver's Error. */
  execute(sql: string, values: string[]): Promise<[unknown, unknown]>;
}

/** Too many connections, shutdown, read-only after a failover, a lock wait that timed out, a deadlock. */
const OUTAGE_CODES = [
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_QUERY_INTERRUPTED',
  'ER_QUERY_TIMEOUT',
];

/**
 * Keeps sessions in the table `django_session` of MySQL or MariaDB, through a Pool (or Connection) of
 * `mysql2/promise` that you open and close. The columns are those of Django with USE_TZ: varchar(40),
 * longtext, datetime(6) in UTC. The connection's `timezone` does not matter: dates travel as text.
 *
 * Every method rejects with CacheUnavailableError in an outage or past its deadline, else with the driver's
 * error.
 *
 * @example
 * ```ts
 * const repository = new Mysql2SessionRepository(createPool({ uri }));
 * ```
 */
export class Mysql2SessionRepository implements SessionRepository {
  private readonly calls: DatabaseCalls;

  constructor(
    private readonly pool: Mysql2Executable,
    options: SessionRepositoryOptions = {},
  ) {
    this.calls = new DatabaseCalls(isDatabaseOutage, options);
  }

  /**
   * Reads a row, as SessionRepository. Rejects with CacheUnavailableError in an outage, else with the
   * driver's error.
   */
  async find(sessionKey: string, now: Date): Promise<SessionRow | undefined> {
    const rows = await this.select(
      "SELECT session_data AS text, DATE_FORMAT(expire_date, '%Y-%m-%d %H:%i:%s.%f') AS expiresAt FROM django_session" +
        ' WHERE session_key = ? AND expire_date > CAST(? AS DATETIME(6))',
      [sessionKey, toUtcText(now)],
    );
    const row = rows[0] as { text: string; expiresAt: string } | undefined;
    return row && { text: row.text, expiresAt: fromUtcText(row.expiresAt) };
  }

  /**
   * Adds a row, as SessionRepository. Rejects as `find`. Not by INSERT IGNORE, which turns all errors into
   * warnings.
   */
  async insert(sessionKey: string, row: SessionRow): Promise<boolean> {
    try {
      await this.write(
        'INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, CAST(? AS DATETIME(6)))',
        [sessionKey, row.text, toUtcText(row.expiresAt)],
      );
      return true;
    } catch (error) {
      if (detailOf(error, 'code') === 'ER_DUP_ENTRY') return false;
      throw error;
    }
  }

  /** Replaces a row, as SessionRepository. Rejects as `find`. Compares bytes: most collations ignore case. */
  async updateIfUnchanged(sessionKey: string, unchangedText: string, row: SessionRow, now: Date): Promise<boolean> {
    const count = await this.write(
      'UPDATE django_session SET session_data = ?, expire_date = CAST(? AS DATETIME(6))' +
        ' WHERE session_key = ? AND session_data = CAST(? AS BINARY) AND expire_date > CAST(? AS DATETIME(6))',
      [row.text, toUtcText(row.expiresAt), sessionKey, unchangedText, toUtcText(now)],
    );
    return count === 1;
  }

  /** Deletes a row, as SessionRepository. Rejects as `find`. */
  async delete(sessionKey: string): Promise<boolean> {
    return (await this.write('DELETE FROM django_session WHERE session_key = ?', [sessionKey])) > 0;
  }

  /** Looks for a row, as SessionRepository. Rejects as `find`. */
  async exists(sessionKey: string): Promise<boolean> {
    return (await this.select('SELECT 1 FROM django_session WHERE session_key = ?', [sessionKey])).length > 0;
  }

  /** Deletes expired rows, as SessionRepository. Rejects as `find`. */
  async deleteExpired(now: Date): Promise<void> {
    await this.write('DELETE FROM django_session WHERE expire_date < CAST(? AS DATETIME(6))', [toUtcText(now)]);
  }

  private async select(sql: string, values: string[]): Promise<readonly unknown[]> {
    const [rows] = await this.calls.run(() => this.pool.execute(sql, values));
    return rows as readonly unknown[];
  }

  /**
   * Resolves to the number of rows found: mysql2 counts those, not the ones that changed, unless its flags
   * say otherwise.
   */
  private async write(sql: string, values: string[]): Promise<number> {
    const [result] = await this.calls.run(() => this.pool.execute(sql, values));
    return (result as { affectedRows: number }).affectedRows;
  }
}

/** The server's errors carry a state; an error without one never got an answer. */
function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof TypeError) return false;
  const state = detailOf(error, 'sqlState');
  return state === '' || state.startsWith('08') || OUTAGE_CODES.includes(detailOf(error, 'code'));
}
