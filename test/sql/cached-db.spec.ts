import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';

import { CacheUnavailableError } from '../../libs/sentinel-cache/src/errors/cache-unavailable.error.js';
import { CacheSession } from '../../libs/sentinel-cache/src/session/state/cache-session.js';
import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import type { SessionRepository } from '../../libs/sentinel-cache/src/session/engines/session-repository.js';
import { createSessionKey } from '../../libs/sentinel-cache/src/session/port/session-key.js';
import { SYSTEM_CLOCK } from '../../libs/sentinel-cache/src/time/clock.js';
import { until } from '../cache/support/waiting.js';
import { describeEngine, sessionSettings } from '../session/engines.suite.js';
import { openPostgres, openSqlite } from './support/databases.js';
import { loadDrivers } from './support/drivers.js';
import { GatedRepository } from './support/gated-repository.js';
import { startPostgres, type LocalPostgres } from './support/postgres.js';
import { cachedDbHarness, SQL_TRAITS } from './support/sql-engines.js';

const LIMIT_MS = 9 * 60_000;
const PREFIX = 'django.contrib.sessions.cached_db';
let redis: LocalRedis;
let postgres: LocalPostgres;
beforeAll(async () => {
  await loadDrivers();
  // What was acknowledged is there again after a kill.
  redis = await startLocalRedis({ redisConfig: { appendonly: 'yes', appendfsync: 'always' } });
  postgres = await startPostgres();
}, LIMIT_MS);
afterAll(() => Promise.all([redis?.stop(), postgres?.stop()]));

const onRedis = (serializer: string) => ({ BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { SERIALIZER: serializer } });
const pass = (ms: number) => wait(ms);
describeEngine('cached_db on SQLite and locmem', SQL_TRAITS, async () =>
  cachedDbHarness(await openSqlite(), { BACKEND: 'locmem', LOCATION: 'cached-db' }, pass),
);
describeEngine('cached_db on SQLite and Redis, JSON', SQL_TRAITS, async () =>
  cachedDbHarness(await openSqlite(), onRedis('json'), pass),
);
describeEngine('cached_db on PostgreSQL and Redis, pickle', SQL_TRAITS, async () =>
  cachedDbHarness(await openPostgres(postgres), onRedis('pickle'), pass),
);

describe('engine cached_db', () => {
  let database: Awaited<ReturnType<typeof openSqlite>>;
  let caches: SentinelCaches;
  let gate: GatedRepository;
  let key: string;
  beforeAll(async () => {
    database = await openSqlite();
    caches = createCaches({ default: { ...onRedis('json'), OPTIONS: { deadline: '300ms' } } });
  });
  afterAll(async () => {
    await caches.close();
    await database.close();
  });
  beforeEach(() => {
    gate = new GatedRepository(database.repositories[0]);
    key = createSessionKey();
  });
  const { config, auth } = sessionSettings({ SESSION_ENGINE: 'cached_db' });
  const engineOn = (repository: SessionRepository = gate) =>
    createSessionEngine({ config, auth, cache: caches.strict(), repository, clock: SYSTEM_CLOCK });
  const peer = () => engineOn(database.repositories[1]);
  const entry = () => caches.strict().get(PREFIX + key);
  const forgetEntry = () => caches.strict().delete(PREFIX + key);

  it('S-3, S-30: a save is in the database and, as a plain dict, in the cache, for as long as the session lives', async () => {
    const engine = engineOn();
    await engine.create(key, { n: 1 }, 1000);
    expect(await entry()).toEqual({ n: 1 });
    await engine.replace(key, (await engine.load(key))!.token, { n: 2 }, 500);
    expect(await entry()).toEqual({ n: 2 });
    expect(Math.abs((await caches.strict().pttl(PREFIX + key))! - 500_000)).toBeLessThan(5000);
    expect((await database.repositories[1].find(key, new Date()))!.text).toMatch(/^eyJuIjoyfQ:/);
  });

  it('S-30: a load asks the database only when the cache has no entry, and caches for what is left', async () => {
    const engine = engineOn();
    await engine.create(key, { n: 1 }, 1000);
    gate.calls.length = 0;
    expect((await engine.load(key))!.data).toEqual({ n: 1 });
    expect(gate.calls).toEqual([]);
    await forgetEntry();
    expect((await engine.load(key))!.data).toEqual({ n: 1 });
    expect(gate.calls).toContain('find');
    expect(await entry()).toEqual({ n: 1 });
    expect(Math.abs((await caches.strict().pttl(PREFIX + key))! - 1_000_000)).toBeLessThan(5000);
  });

  it('S-30: exists asks both, delete removes from both', async () => {
    const engine = engineOn();
    await engine.create(key, { n: 1 }, 1000);
    await forgetEntry();
    expect(await engine.exists(key)).toBe(true);
    await caches.strict().set(PREFIX + key, { n: 1 }, 60);
    await database.repositories[1].delete(key);
    expect(await engine.exists(key)).toBe(true);
    await engine.delete(key);
    expect([await engine.exists(key), await entry()]).toEqual([false, undefined]);
  });

  it('the database decides: a write that began from a stale entry is merged, not lost', async () => {
    const engine = engineOn();
    await engine.create(key, { a: 1 }, 1000);
    await engine.replace(key, (await engine.load(key))!.token, { a: 1, b: 2 }, 1000);
    // A process that died between database and cache.
    await caches.strict().set(PREFIX + key, { a: 1 }, 1000);
    const session = new CacheSession(engine, config, SYSTEM_CLOCK, key);
    await session.set('c', 3);
    await session.state.save();
    expect((await peer().load(key))!.data).toEqual({ a: 1, b: 2, c: 3 });
    expect(await entry()).toEqual({ a: 1, b: 2, c: 3 });
  });

  it('a slow reader does not put a session back that was ended meanwhile', async () => {
    await engineOn().create(key, { n: 1 }, 1000);
    await forgetEntry();
    gate.after('find', () => peer().delete(key));
    expect((await engineOn().load(key))!.data).toEqual({ n: 1 });
    expect(await entry()).toBeUndefined();
    expect(await peer().load(key)).toBeUndefined();
  });

  it('a slow reader does not put an old state over a new one', async () => {
    await engineOn().create(key, { n: 1 }, 1000);
    await forgetEntry();
    gate.after('find', async () => peer().replace(key, (await peer().load(key))!.token, { n: 2 }, 1000));
    await engineOn().load(key);
    expect((await peer().load(key))!.data).toEqual({ n: 2 });
  });

  it('a slow writer puts back neither a session that was ended nor an old state', async () => {
    const engine = engineOn();
    await engine.create(key, { n: 1 }, 1000);
    gate.after('updateIfUnchanged', async () => peer().replace(key, (await peer().load(key))!.token, { n: 3 }, 1000));
    await engine.replace(key, (await engine.load(key))!.token, { n: 2 }, 1000);
    expect((await peer().load(key))!.data).toEqual({ n: 3 });
    gate.after('updateIfUnchanged', () => peer().delete(key));
    await engine.replace(key, (await engine.load(key))!.token, { n: 4 }, 1000);
    expect(await entry()).toBeUndefined();
    expect(await peer().load(key)).toBeUndefined();
  });

  it('a database that fails in the middle leaves no unproven entry', async () => {
    const engine = engineOn();
    await engine.create(key, { n: 1 }, 1000);
    const { token } = (await engine.load(key))!;
    gate.after('updateIfUnchanged', async () => {
      gate.after('find', () => Promise.reject(new Error('no such table')));
    });
    await expect(engine.replace(key, token, { n: 2 }, 1000)).rejects.toThrow('no such table');
    expect(await entry()).toBeUndefined();
    expect((await engine.load(key))!.data).toEqual({ n: 2 });
  });

  it('S-30: without the cache the database does all; what was cached before is not believed afterwards', async () => {
    const engine = engineOn();
    const [ended, fresh] = [createSessionKey(), createSessionKey()];
    for (const each of [key, ended]) await engine.create(each, { n: 1 }, 1000);
    const { token } = (await engine.load(key))!;
    await redis.kill();
    expect((await engine.load(key))!.data).toEqual({ n: 1 });
    expect(await engine.exists(key)).toBe(true);
    expect(await engine.create(fresh, { n: 1 }, 1000)).toBe(true);
    expect(await engine.replace(key, token, { n: 2 }, 1000)).toBe(true);
    expect(await engine.replace(key, token, { n: 3 }, 1000)).toBe(false);
    expect((await engine.load(key))!.data).toEqual({ n: 2 });
    // Ending a session tells: what is cached could bring it back.
    await expect(engine.delete(ended)).rejects.toThrow(CacheUnavailableError);
    await redis.restart();
    await until('the cache is back', async () =>
      caches
        .strict()
        .set('up', 1)
        .then(
          () => true,
          () => false,
        ),
    );
    expect([await entry(), await caches.strict().get(PREFIX + ended)]).toEqual([{ n: 1 }, { n: 1 }]);
    expect(await engine.load(ended)).toBeUndefined();
    expect((await engine.load(key))!.data).toEqual({ n: 2 });
    expect(await entry()).toEqual({ n: 2 });
    expect((await engine.load(fresh))!.data).toEqual({ n: 1 });
  });

  it('a cache that refuses to store costs nothing but the entry', async () => {
    const engine = engineOn();
    await engine.create(key, { n: 1 }, 1000);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      expect(await engine.replace(key, (await engine.load(key))!.token, { n: 2 }, 1000)).toBe(true);
      expect((await engine.load(key))!.data).toEqual({ n: 2 });
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect((await peer().load(key))!.data).toEqual({ n: 2 });
  });
});
