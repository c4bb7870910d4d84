import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import type { BetterSqlite3Database } from '../../../libs/sentinel-cache/src/better-sqlite3.js';
import type { PgQueryable } from '../../../libs/sentinel-cache/src/pg.js';

/** The drivers' own folder: better-sqlite3 may have to be compiled, and `npm test` must not need a compiler. */
export const DRIVERS = resolve('test/sql/drivers');
const LIMIT_MS = 8 * 60_000;

export interface SqliteDatabase extends BetterSqlite3Database {
  exec(sql: string): void;
  close(): void;
}

export interface PgPool extends PgQueryable {
  on(event: 'error', listener: (error: Error) => void): void;
  end(): Promise<void>;
}

interface Drivers {
  readonly Database: new (file: string, options?: { timeout?: number }) => SqliteDatabase;
  readonly Pool: new (options: Record<string, unknown>) => PgPool;
}

/** better-sqlite3 and pg; installed when they are not there. */
export async function loadDrivers(): Promise<Drivers> {
  if (!existsSync(join(DRIVERS, 'node_modules', '.package-lock.json'))) await install();
  const load = createRequire(join(DRIVERS, 'package.json'));
  const { Pool } = load('pg') as Pick<Drivers, 'Pool'>;
  return { Database: load('better-sqlite3') as Drivers['Database'], Pool };
}

async function install(): Promise<void> {
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  // Nothing of the npm that runs the tests: it would install for the workspace.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')));
  try {
    await promisify(execFile)('npm', args, { cwd: DRIVERS, env, timeout: LIMIT_MS });
  } catch (error) {
    throw new Error(
      'The drivers of test/sql could not be installed. better-sqlite3 is downloaded ready-made from GitHub, or else compiled: that takes ' +
        `python3, make and g++ (Debian: apt-get install build-essential python3). To see what is wrong: cd ${DRIVERS} && npm ci`,
      { cause: error },
    );
  }
}
