import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import { PgSessionRepository } from '../../libs/sentinel-cache/src/pg.js';
import { FakeClock } from '../../libs/sentinel-cache/src/testing/fake-clock.js';
import { describeEngine, sessionSettings } from '../session/engines.suite.js';
import { openPostgres } from './support/databases.js';
import { loadDrivers } from './support/drivers.js';
import { startPostgres, type LocalPostgres } from './support/postgres.js';
import { dbHarness, SQL_TRAITS } from './support/sql-engines.js';

const LIMIT_MS = 9 * 60_000;
const KEY = 'abcdefghijklmnopqrstuvwxyz012345';
/** Of the measured vectors: what Django writes for `{'testcookie': 'worked'}`. */
const DJANGOS = 'eyJ0ZXN0Y29va2llIjoid29ya2VkIn0:1r31eq:lt75FNp9KGRKYaUNp-NcAxLEIXswzz0l4uLom8wdOno';

let postgres: LocalPostgres;
beforeAll(async () => {
  await loadDrivers();
  postgres = await startPostgres();
}, LIMIT_MS);
afterAll(() => postgres?.stop());

describeEngine('db on PostgreSQL', SQL_TRAITS, async () => dbHarness(await openPostgres(postgres)));

describe('django_session in PostgreSQL', () => {
  const clock = new FakeClock(1_700_000_100_000);
  let opened: Awaited<ReturnType<typeof openPostgres>>;
  beforeAll(async () => {
    opened = await openPostgres(postgres, { options: '-c TimeZone=Asia/Kolkata' });
  });
  afterAll(() => opened.close());
  function engine(repository = opened.repositories[0]) {
    const { config, auth } = sessionSettings({ SESSION_ENGINE: 'db' });
    return createSessionEngine({ config, auth, cache: undefined, repository, clock });
  }

  it('S-31, S-35: a row that Django wrote is read, whatever the zone of the connection', async () => {
    await opened.pool.query('INSERT INTO django_session VALUES ($1, $2, $3)', [KEY, DJANGOS, '2023-11-14 22:15:01+00']);
    expect((await engine().load(KEY))!.data).toEqual({ testcookie: 'worked' });
    await opened.pool.query('UPDATE django_session SET expire_date = $1', ['2023-11-14 22:15:00+00']);
    expect(await engine().load(KEY)).toBeUndefined();
  });

  it('S-31: the row expires when the session is over', async () => {
    const key = 'c'.repeat(32);
    await engine().create(key, { n: 1 }, 60);
    const { rows } = await opened.pool.query('SELECT expire_date FROM django_session WHERE session_key = $1', [key]);
    expect(rows).toEqual([{ expire_date: new Date(1_700_000_160_000) }]);
    expect((await opened.repositories[0].find(key, new Date(clock.wallMs())))!.expiresAt).toEqual(new Date(1_700_000_160_000));
  });

  it('a table that is missing is told as it is, and no outage', async () => {
    await opened.pool.query('ALTER TABLE django_session RENAME TO elsewhere', []);
    await expect(engine().load(KEY)).rejects.toMatchObject({ code: '42P01' });
    await opened.pool.query('ALTER TABLE elsewhere RENAME TO django_session', []);
  });

  it('a lock that is held past the deadline is an outage', async () => {
    const { Pool } = await loadDrivers();
    const pool = new Pool({ ...postgres.connection, max: 1 });
    const holder = new Pool({ ...postgres.connection, max: 1 });
    await holder.query('BEGIN', []);
    await holder.query('LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE', []);
    await expect(new PgSessionRepository(pool, { deadlineMs: 200 }).find(KEY, new Date())).rejects.toMatchObject({
      reason: 'deadline',
    });
    await holder.query('ROLLBACK', []);
    await Promise.all([pool.end(), holder.end()]);
  });

  it('a server that is away is an outage; it is used again when it is back', async () => {
    const key = 'd'.repeat(32);
    await engine().create(key, { n: 1 }, 60);
    await postgres.halt();
    await expect(engine().load(key)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'connection-lost' });
    await postgres.start();
    expect((await engine().load(key))!.data).toEqual({ n: 1 });
  });
});
