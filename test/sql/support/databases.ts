import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BetterSqlite3SessionRepository } from '../../../libs/sentinel-cache/src/better-sqlite3.js';
import { PgSessionRepository } from '../../../libs/sentinel-cache/src/pg.js';
import { POSTGRES_TABLE, SQLITE_TABLE } from './django-session-table.js';
import { loadDrivers, type PgPool, type SqliteDatabase } from './drivers.js';
import type { LocalPostgres } from './postgres.js';
import type { TestDatabase } from './sql-engines.js';

/** A SQLite file of Django's making, opened twice, as two processes do. */
export async function openSqlite(): Promise<TestDatabase & { readonly database: SqliteDatabase; readonly file: string }> {
  const { Database } = await loadDrivers();
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
  const file = join(folder, 'db.sqlite3');
  const [database, other] = [new Database(file), new Database(file)];
  for (const sql of SQLITE_TABLE) database.exec(sql);
  return {
    database,
    file,
    repositories: [new BetterSqlite3SessionRepository(database), new BetterSqlite3SessionRepository(other)],
    setText: async (key, text) => {
      database.prepare('UPDATE django_session SET session_data = ? WHERE session_key = ?').run(text, key);
    },
    close: async () => {
      database.close();
      other.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A fresh table in a running PostgreSQL, through two pools, as two processes have them. */
export async function openPostgres(
  { connection }: LocalPostgres,
  options: Record<string, unknown> = {},
): Promise<TestDatabase & { readonly pool: PgPool }> {
  const { Pool } = await loadDrivers();
  const [pool, other] = [new Pool({ ...connection, ...options }), new Pool({ ...connection, ...options })];
  // An idle connection that the server ends: pg wants to be heard out.
  for (const each of [pool, other]) each.on('error', () => undefined);
  await pool.query('DROP TABLE IF EXISTS django_session', []);
  for (const sql of POSTGRES_TABLE) await pool.query(sql, []);
  return {
    pool,
    repositories: [new PgSessionRepository(pool), new PgSessionRepository(other)],
    setText: async (key, text) => {
      await pool.query('UPDATE django_session SET session_data = $1 WHERE session_key = $2', [text, key]);
    },
    close: async () => {
      await Promise.all([pool.end(), other.end()]);
    },
  };
}
