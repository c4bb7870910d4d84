import type { SessionRepository, SessionRow } from '../../libs/sentinel-cache/src/session/engines/session-repository.js';
import type { TestDatabase } from '../sql/support/sql-engines.js';

/** The table `django_session` in memory: for what the engines do beside SQL. The databases themselves have `npm run test:sql`. */
export class MemoryTable implements SessionRepository {
  private readonly rows = new Map<string, SessionRow>();

  async find(key: string, now: Date): Promise<SessionRow | undefined> {
    return this.living(key, now);
  }

  async insert(key: string, row: SessionRow): Promise<boolean> {
    if (this.rows.has(key)) return false;
    this.rows.set(key, row);
    return true;
  }

  async updateIfUnchanged(key: string, unchangedText: string, row: SessionRow, now: Date): Promise<boolean> {
    // In one step, as a database does it.
    if (this.living(key, now)?.text !== unchangedText) return false;
    this.rows.set(key, row);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.rows.delete(key);
  }

  async exists(key: string): Promise<boolean> {
    return this.rows.has(key);
  }

  async deleteExpired(now: Date): Promise<void> {
    for (const [key, { expiresAt }] of this.rows) if (expiresAt < now) this.rows.delete(key);
  }

  private living(key: string, now: Date): SessionRow | undefined {
    const row = this.rows.get(key);
    return row && row.expiresAt > now ? row : undefined;
  }

  setText(key: string, text: string): void {
    const row = this.rows.get(key);
    if (row) this.rows.set(key, { ...row, text });
  }
}

/** A database of one such table, for two processes. */
export async function openMemoryTable(): Promise<TestDatabase> {
  const table = new MemoryTable();
  return { repositories: [table, table], setText: async (key, text) => table.setText(key, text), close: async () => undefined };
}
