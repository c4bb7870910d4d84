import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCaches } from 'nestjs-sentinel-cache';

import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import { createSessionKey } from '../../libs/sentinel-cache/src/session/port/session-key.js';
import { SYSTEM_CLOCK } from '../../libs/sentinel-cache/src/time/clock.js';
import { FakeClock } from '../../libs/sentinel-cache/src/testing/fake-clock.js';
import { cachedDbHarness, dbHarness, SQL_TRAITS } from '../sql/support/sql-engines.js';
import { describeEngine, sessionSettings, type EngineHarness } from './engines.suite.js';
import { openMemoryTable } from './memory-table.js';

const KEY = 'django.contrib.sessions.cache';
const CACHE_ENGINE = 'django.contrib.sessions.backends.cache';
let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(() => redis?.stop());

/** The same store through two serializers: what the one writes the other can't read. */
function cachesOn(backend: Record<string, unknown>, serializer: string): SentinelCaches {
  const other = serializer === 'json' ? 'pickle' : 'json';
  return createCaches({
    default: { ...backend, OPTIONS: { SERIALIZER: serializer } },
    damaging: { ...backend, OPTIONS: { SERIALIZER: other } },
  } as never);
}

async function overCache(backend: Record<string, unknown>, serializer: string, encrypted: boolean): Promise<EngineHarness> {
  const caches = cachesOn(backend, serializer);
  const { config, auth } = sessionSettings({ SESSION_ENGINE: CACHE_ENGINE, SESSION_ENCRYPTION: encrypted });
  const create = () => createSessionEngine({ config, auth, cache: caches.strict(), repository: undefined, clock: SYSTEM_CLOCK });
  return {
    engine: create(),
    peer: create(),
    config,
    clock: SYSTEM_CLOCK,
    pass: (ms) => wait(ms),
    damage: async (key) => {
      await caches.get('damaging').set(KEY + key, { n: 'x'.repeat(50) });
    },
    close: () => caches.close(),
  };
}

async function overFiles(): Promise<EngineHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'engines-'));
  const clock = new FakeClock(Date.now());
  const { config, auth } = sessionSettings({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder });
  const create = () => createSessionEngine({ config, auth, cache: undefined, repository: undefined, clock });
  return {
    engine: create(),
    peer: create(),
    config,
    clock,
    pass: async (ms) => {
      // A file's time is the system's: the fake clock has to catch up first.
      clock.setWall(Date.now());
      clock.advance(ms);
    },
    damage: async (key) => {
      writeFileSync(join(folder, `sessionid${key}`), 'e30:1r31eq:bad');
    },
    close: async () => {
      rmSync(folder, { recursive: true });
    },
  };
}

const LOOSE = { strictKeys: false, atomicBetweenProcesses: true };
const onRedis = () => ({ BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '5s' } });
for (const serializer of ['pickle', 'json']) {
  const locmem = { BACKEND: 'locmem', LOCATION: `engines-${serializer}` };
  describeEngine(`cache on locmem, ${serializer}`, LOOSE, () => overCache(locmem, serializer, false));
  describeEngine(`cache on Redis, ${serializer}`, LOOSE, () => overCache(onRedis(), serializer, false));
  describeEngine(`sealed cache on Redis, ${serializer}`, LOOSE, () => overCache(onRedis(), serializer, true));
}
describeEngine('sealed cache on locmem', LOOSE, () => overCache({ BACKEND: 'locmem', LOCATION: 'sealed' }, 'pickle', true));
describeEngine('db on a table in memory', SQL_TRAITS, async () => dbHarness(await openMemoryTable()));
describeEngine('cached_db on a table in memory and locmem', SQL_TRAITS, async () =>
  cachedDbHarness(await openMemoryTable(), { BACKEND: 'locmem', LOCATION: 'cached-db' }, (ms) => wait(ms)),
);
describeEngine('file', { strictKeys: true, atomicBetweenProcesses: false }, overFiles);

describe('sealed sessions', () => {
  let caches: SentinelCaches;
  beforeAll(() => {
    caches = createCaches({ default: { BACKEND: 'locmem', LOCATION: 'sealed-only' } });
  });
  afterAll(() => caches.close());
  function sealedBy(...secrets: string[]) {
    const settings = {
      SESSION_ENGINE: CACHE_ENGINE,
      SESSION_ENCRYPTION: true,
      SECRET_KEY: secrets[0],
      SECRET_KEY_FALLBACKS: secrets.slice(1),
    };
    const { config, auth } = sessionSettings(settings);
    return createSessionEngine({ config, auth, cache: caches.strict(), repository: undefined, clock: SYSTEM_CLOCK });
  }
  const entry = async (key: string) => (await caches.get().get<{ _sealed: string }>(KEY + key))!;

  it('show nothing of what they hold, and are other bytes each time', async () => {
    const engine = sealedBy('new');
    const [one, two] = [createSessionKey(), createSessionKey()];
    for (const key of [one, two]) await engine.create(key, { secret: 'mustnotshow' }, 60);
    const first = await entry(one);
    expect(Object.keys(first)).toEqual(['_sealed']);
    expect(Buffer.from(first._sealed, 'base64url').toString('latin1')).not.toContain('mustnotshow');
    await engine.replace(one, (await engine.load(one))!.token, { secret: 'mustnotshow' }, 60);
    expect((await entry(one))._sealed).not.toBe(first._sealed);
  });

  it('are read after a rotation, and written with the new key', async () => {
    const key = createSessionKey();
    await sealedBy('old').create(key, { n: 1 }, 60);
    const rotated = sealedBy('new', 'old');
    const found = (await rotated.load(key))!;
    expect(found.data).toEqual({ n: 1 });
    await rotated.replace(key, found.token, { n: 2 }, 60);
    expect((await sealedBy('new').load(key))!.data).toEqual({ n: 2 });
    await expect(sealedBy('old').load(key)).rejects.toThrow(CodecError);
  });

  it('open under their own key only, whole, and not in plain text', async () => {
    const engine = sealedBy('new');
    const [one, two] = [createSessionKey(), createSessionKey()];
    await engine.create(one, { n: 1 }, 60);
    const { _sealed } = await entry(one);
    const bytes = Buffer.from(_sealed, 'base64url');
    const flipped = Buffer.from(bytes);
    flipped[20]! ^= 1;
    const planted = [
      { _sealed },
      { _sealed: flipped.toString('base64url') },
      { _sealed: bytes.subarray(0, 20).toString('base64url') },
      { n: 1 },
      { _sealed: 7 },
    ];
    for (const value of planted) {
      await caches.get().set(KEY + two, value);
      await expect(engine.load(two)).rejects.toThrow(CodecError);
    }
  });

  it('are opened as they were sealed by the first release: nonce, AES-256-GCM of pickle 4, tag', async () => {
    const key = 'abcdefghijklmnopqrstuvwxyz012345';
    await caches.get().set(KEY + key, { _sealed: 'AAECAwQFBgcICQoLFs-eTzalmH3C8e4WkSIHal_ErTV5pKKnnzRhqjEvOOPecJbHag' });
    expect((await sealedBy('contract-secret-key').load(key))!.data).toEqual({ n: 1 });
  });

  it('hold dates, Maps and bytes whatever the cache', async () => {
    const engine = sealedBy('new');
    const key = createSessionKey();
    const data = { at: new Date(5), map: new Map([[1, 'a']]), bytes: Buffer.from('x') };
    expect(engine.keepsDates).toBe(true);
    await engine.create(key, data, 60);
    expect((await engine.load(key))!.data).toEqual(data);
  });
});
