import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

import { CacheUnavailableError } from '../../libs/sentinel-cache/src/errors/cache-unavailable.error.js';
import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import { FakeClock } from '../../libs/sentinel-cache/src/testing/fake-clock.js';
import { describeEngine, sessionSettings } from '../session/engines.suite.js';
import { openSqlite } from './support/databases.js';
import { loadDrivers } from './support/drivers.js';
import { dbHarness, SQL_TRAITS } from './support/sql-engines.js';

const LIMIT_MS = 9 * 60_000;
const KEY = 'abcdefghijklmnopqrstuvwxyz012345';

beforeAll(() => loadDrivers(), LIMIT_MS);
describeEngine('db on SQLite', SQL_TRAITS, async () => dbHarness(await openSqlite()));

describe('django_session in SQLite', () => {
  let sqlite: Awaited<ReturnType<typeof openSqlite>>;
  const clock = new FakeClock(1_700_000_100_000);
  const { signing } = JSON.parse(readFileSync('test/fixtures/wire-vectors.json', 'utf8')) as {
    signing: { records: { session: string; repr: string; db_session_data?: string }[] };
  };
  const records = signing.records.filter(({ db_session_data }) => db_session_data !== undefined);
  beforeAll(async () => {
    sqlite = await openSqlite();
  });
  afterAll(() => sqlite.close());
  function engine() {
    const { config, auth } = sessionSettings({ SESSION_ENGINE: 'db' });
    return createSessionEngine({ config, auth, cache: undefined, repository: sqlite.repositories[0], clock });
  }
  const row = (key: string) => sqlite.database.prepare('SELECT * FROM django_session WHERE session_key = ?').get(key);
  const write = (key: string, text: string, expires: string) =>
    sqlite.database.prepare('INSERT OR REPLACE INTO django_session VALUES (?, ?, ?)').run(key, text, expires);

  it.each(records)('S-31, S-35: a row that Django wrote is read: $session', async ({ repr, db_session_data }) => {
    write(KEY, db_session_data!, '2023-11-28 22:13:20.000000');
    expect((await engine().load(KEY))!.data).toEqual(JSON.parse(repr.replaceAll("'", '"')));
  });

  it("S-31: what it writes is what Django's ORM writes", async () => {
    const key = 'b'.repeat(32);
    await engine().create(key, { n: 1 }, 60);
    expect(row(key)).toEqual({
      session_key: key,
      session_data: expect.stringMatching(/^eyJuIjoxfQ:1r31gS:/),
      expire_date: '2023-11-14 22:16:00.000000',
    });
  });

  it('S-31: a row is over when its time has come, with and without a fraction as Django writes it', async () => {
    for (const [expires, isThere] of [
      ['2023-11-14 22:15:00', false],
      ['2023-11-14 22:14:59.999999', false],
      ['2023-11-14 22:15:00.000001', true],
      ['2023-11-14 22:15:01', true],
    ] as const) {
      write(KEY, records[0]!.db_session_data!, expires);
      expect([expires, (await engine().load(KEY)) !== undefined]).toEqual([expires, isThere]);
    }
  });

  it('another process that holds the file is an outage, not a missing session', async () => {
    const { Database } = await loadDrivers();
    const { BetterSqlite3SessionRepository } = await import('../../libs/sentinel-cache/src/better-sqlite3.js');
    const impatient = new Database(sqlite.file, { timeout: 10 });
    const repository = new BetterSqlite3SessionRepository(impatient);
    sqlite.database.exec('BEGIN EXCLUSIVE');
    try {
      await expect(repository.find(KEY, new Date())).rejects.toThrow(CacheUnavailableError);
      await expect(repository.delete(KEY)).rejects.toMatchObject({ executed: false });
    } finally {
      sqlite.database.exec('ROLLBACK');
      impatient.close();
    }
    const closed = new BetterSqlite3SessionRepository(impatient);
    await expect(closed.find(KEY, new Date())).rejects.toMatchObject({ name: 'TypeError' });
  });
});
