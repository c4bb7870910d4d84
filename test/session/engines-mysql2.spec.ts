import { describe, expect, it } from '@jest/globals';

import { CacheUnavailableError } from '../../libs/sentinel-cache/src/errors/cache-unavailable.error.js';
import { Mysql2SessionRepository, type Mysql2Executable } from '../../libs/sentinel-cache/src/mysql2.js';
import { PgSessionRepository } from '../../libs/sentinel-cache/src/pg.js';

const KEY = 'abcdefghijklmnopqrstuvwxyz012345';
const NOW = new Date('2030-01-02T03:04:05.678Z');
const NOW_TEXT = '2030-01-02 03:04:05.678000';
const ROW = { text: "it's signed", expiresAt: new Date('2031-01-02T03:04:05.000Z') };
const ROW_TEXT = '2031-01-02 03:04:05.000000';

/** A connection that answers from a script, and writes down what it was asked. There is no MySQL here: see docs/session-engines.md. */
function scripted(answer: unknown) {
  const asked: [string, string[]][] = [];
  const pool: Mysql2Executable = {
    async execute(sql, values) {
      asked.push([sql, values]);
      if (answer instanceof Error) throw answer;
      return [answer, []];
    },
  };
  return { repository: new Mysql2SessionRepository(pool), asked };
}
const serverError = (code: string, sqlState: string) => Object.assign(new Error(code), { code, sqlState });

describe('Mysql2SessionRepository, against a script', () => {
  it('S-31: finds a row that is not over, in UTC whatever the connection says', async () => {
    const { repository, asked } = scripted([{ text: 'signed', expiresAt: NOW_TEXT }]);
    expect(await repository.find(KEY, NOW)).toEqual({ text: 'signed', expiresAt: NOW });
    expect(asked[0]![1]).toEqual([KEY, NOW_TEXT]);
    expect(asked[0]![0]).toContain('expire_date > CAST(? AS DATETIME(6))');
    expect(await scripted([]).repository.find(KEY, NOW)).toBeUndefined();
  });

  it('adds a row, or says that the key is taken', async () => {
    const { repository, asked } = scripted({ affectedRows: 1 });
    expect(await repository.insert(KEY, ROW)).toBe(true);
    expect(asked[0]![1]).toEqual([KEY, ROW.text, ROW_TEXT]);
    expect(await scripted(serverError('ER_DUP_ENTRY', '23000')).repository.insert(KEY, ROW)).toBe(false);
    await expect(scripted(serverError('ER_DATA_TOO_LONG', '22001')).repository.insert(KEY, ROW)).rejects.toThrow(
      'ER_DATA_TOO_LONG',
    );
  });

  it('replaces exactly the text that was read, byte for byte', async () => {
    const { repository, asked } = scripted({ affectedRows: 1 });
    expect(await repository.updateIfUnchanged(KEY, 'old', ROW, NOW)).toBe(true);
    expect(asked[0]![1]).toEqual([ROW.text, ROW_TEXT, KEY, 'old', NOW_TEXT]);
    expect(asked[0]![0]).toContain('session_data = CAST(? AS BINARY)');
    expect(await scripted({ affectedRows: 0 }).repository.updateIfUnchanged(KEY, 'old', ROW, NOW)).toBe(false);
  });

  it('S-31: deletes, asks, and clears what is over', async () => {
    const { repository, asked } = scripted([{ 1: 1 }]);
    expect(await repository.exists(KEY)).toBe(true);
    expect(await scripted([]).repository.exists(KEY)).toBe(false);
    const writes = scripted({ affectedRows: 3 });
    await writes.repository.delete(KEY);
    await writes.repository.deleteExpired(NOW);
    expect(asked[0]![1]).toEqual([KEY]);
    expect(writes.asked.map(([, values]) => values)).toEqual([[KEY], [NOW_TEXT]]);
  });

  it('never puts a value into a statement', async () => {
    const { repository, asked } = scripted({ affectedRows: 1 });
    await repository.insert("'; DROP TABLE django_session; --", ROW);
    await repository.updateIfUnchanged(KEY, ROW.text, ROW, NOW);
    for (const [sql] of asked) expect(sql).not.toMatch(/DROP|signed|2031/);
  });

  it.each([
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), true],
    [Object.assign(new Error('closed'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }), true],
    [serverError('ER_CON_COUNT_ERROR', '08004'), true],
    [serverError('ER_LOCK_DEADLOCK', '40001'), true],
    [serverError('ER_NO_SUCH_TABLE', '42S02'), false],
    [new TypeError('execute is not a function'), false],
  ])('an outage is one, and an answer is none: %p', async (error, isOutage) => {
    const rejection = await scripted(error)
      .repository.find(KEY, NOW)
      .catch((caught: unknown) => caught);
    if (isOutage) expect(rejection).toBeInstanceOf(CacheUnavailableError);
    expect(isOutage ? (rejection as Error).cause : rejection).toBe(error);
  });
});

describe('PgSessionRepository, against a script', () => {
  const failing = (error: Error) => new PgSessionRepository({ query: () => Promise.reject(error) });

  it('gives up at its deadline, and says that a write may still happen', async () => {
    const repository = new PgSessionRepository({ query: () => new Promise(() => undefined) }, { deadlineMs: 20 });
    await expect(repository.delete(KEY)).rejects.toMatchObject({
      code: 'SENTINEL_CACHE_UNAVAILABLE',
      reason: 'deadline',
      executed: 'unknown',
    });
  });

  it.each([
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), true],
    [new Error('timeout exceeded when trying to connect'), true],
    [Object.assign(new Error('shutting down'), { code: '57P01', severity: 'FATAL' }), true],
    [Object.assign(new Error('too many'), { code: '53300', severity: 'FATAL' }), true],
    [Object.assign(new Error('no table'), { code: '42P01', severity: 'ERROR' }), false],
    [new TypeError('query is not a function'), false],
  ])('an outage is one, and an answer is none: %p', async (error, isOutage) => {
    const rejection = await failing(error)
      .exists(KEY)
      .catch((caught: unknown) => caught);
    if (isOutage) expect(rejection).toBeInstanceOf(CacheUnavailableError);
    expect(isOutage ? (rejection as Error).cause : rejection).toBe(error);
  });
});
