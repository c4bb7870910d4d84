import type { SessionRepository, SessionRow } from '../session-repository.js';
import { DatabaseCalls, detailOf, type SessionRepositoryOptions } from './database-calls.js';

/** What is used of a `pg` Pool or Client. */
export interface PgQueryable {
  /** Runs a statement with `$1` placeholders. Rejects with the driver's Error. */
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number | null }>;
}

/** Connection exceptions, insufficient resources, operator intervention, statement and lock timeouts. */
const OUTAGE_STATES = /^(08|53|57|55P03)/;

/**
 * Keeps sessions in the table `django_session` of PostgreSQL, through a `pg` Pool (or connected Client) that
 * you open and close. The columns are those of Django with USE_TZ: varchar(40), text, timestamptz.
 *
 * Every method rejects with CacheUnavailableError in an outage or past its deadline, else with the driver's
 * error.
 *
 * @example
 * ```ts
 * const repository = new PgSessionRepository(new Pool({ connectionString }));
 * ```
 */
export class PgSessionRepository implements SessionRepository {
  private readonly calls: DatabaseCalls;

  constructor(
    private readonly pool: PgQueryable,
    options: SessionRepositoryOptions = {},
  ) {
    this.calls = new DatabaseCalls(isDatabaseOutage, options);
  }

  /**
   * Reads a row, as SessionRepository. Rejects with CacheUnavailableError in an outage, else with the
   * driver's error.
   */
  async find(sessionKey: string, now: Date): Promise<SessionRow | undefined> {
    const { rows } = await this.query(
      'SELECT session_data AS text, (extract(epoch FROM expire_date) * 1000)::float8 AS "expiresMs" FROM django_session' +
        ' WHERE session_key = $1 AND expire_date > $2::timestamptz',
      [sessionKey, now.toISOString()],
    );
    const row = rows[0] as { text: string; expiresMs: number | string } | undefined;
    return row && { text: row.text, expiresAt: new Date(Number(row.expiresMs)) };
  }

  /** Adds a row, as SessionRepository. Rejects as `find`. */
  async insert(sessionKey: string, row: SessionRow): Promise<boolean> {
    const { rowCount } = await this.query(
      'INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, $3::timestamptz)' +
        ' ON CONFLICT (session_key) DO NOTHING',
      [sessionKey, row.text, row.expiresAt.toISOString()],
    );
    return rowCount === 1;
  }

  /** Replaces a row, as SessionRepository. Rejects as `find`. */
  async updateIfUnchanged(sessionKey: string, unchangedText: string, row: SessionRow, now: Date): Promise<boolean> {
    const { rowCount } = await this.query(
      'UPDATE django_session SET session_data = $1, expire_date = $2::timestamptz' +
        ' WHERE session_key = $3 AND session_data = $4 AND expire_date > $5::timestamptz',
      [row.text, row.expiresAt.toISOString(), sessionKey, unchangedText, now.toISOString()],
    );
    return rowCount === 1;
  }

  /** Deletes a row, as SessionRepository. Rejects as `find`. */
  async delete(sessionKey: string): Promise<boolean> {
    const { rowCount } = await this.query('DELETE FROM django_session WHERE session_key = $1', [sessionKey]);
    return rowCount !== null && rowCount > 0;
  }

  /** Looks for a row, as SessionRepository. Rejects as `find`. */
  async exists(sessionKey: string): Promise<boolean> {
    return (await this.query('SELECT 1 FROM django_session WHERE session_key = $1', [sessionKey])).rows.length > 0;
  }

  /** Deletes expired rows, as SessionRepository. Rejects as `find`. */
  async deleteExpired(now: Date): Promise<void> {
    await this.query('DELETE FROM django_session WHERE expire_date < $1::timestamptz', [now.toISOString()]);
  }

  private query(text: string, values: unknown[]): ReturnType<PgQueryable['query']> {
    return this.calls.run(() => this.pool.query(text, values));
  }
}

/**
 * The server's errors carry a severity; an error without one never got an answer: refused, lost, no free
 * connection in the pool.
 */
function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof TypeError) return false;
  return detailOf(error, 'severity') === '' || OUTAGE_STATES.test(detailOf(error, 'code'));
}
