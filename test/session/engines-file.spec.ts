import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CacheUnavailableError } from '../../libs/sentinel-cache/src/errors/cache-unavailable.error.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { ImproperlyConfiguredError } from '../../libs/sentinel-cache/src/errors/improperly-configured.error.js';
import { createSessionEngine } from '../../libs/sentinel-cache/src/session/engines/create-engine.js';
import { FakeClock } from '../../libs/sentinel-cache/src/testing/fake-clock.js';
import { SECRET_KEY, sessionSettings } from './engines.suite.js';

const KEY = 'abcdefghijklmnopqrstuvwxyz012345';
/** Of the measured vectors: what Django writes for `{'testcookie': 'worked'}`. */
const DJANGOS = 'eyJ0ZXN0Y29va2llIjoid29ya2VkIn0:1r31eq:lt75FNp9KGRKYaUNp-NcAxLEIXswzz0l4uLom8wdOno';

describe('engine file', () => {
  let folder: string;
  let clock: FakeClock;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine-file-'));
    clock = new FakeClock(Date.now());
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function engineWith(settings: Record<string, unknown> = {}) {
    const { config, auth } = sessionSettings({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder, SECRET_KEY, ...settings });
    return createSessionEngine({ config, auth, cache: undefined, repository: undefined, clock });
  }
  const path = (key = KEY, name = 'sessionid') => join(folder, name + key);

  it('S-32: reads the file that Django wrote, whose name is the cookie name and the key', async () => {
    writeFileSync(path(), DJANGOS);
    expect((await engineWith().load(KEY))!.data).toEqual({ testcookie: 'worked' });
    expect(await engineWith({ SESSION_COOKIE_NAME: 'sid' }).load(KEY)).toBeUndefined();
    writeFileSync(path(KEY, 'sid'), DJANGOS);
    expect(await engineWith({ SESSION_COOKIE_NAME: 'sid' }).load(KEY)).toBeDefined();
  });

  it('S-32: without SESSION_FILE_PATH files are in the folder for temporary files', async () => {
    const key = `tmp${process.pid}${'x'.repeat(20)}`;
    const engine = engineWith({ SESSION_FILE_PATH: null });
    await engine.create(key, { n: 1 }, 60);
    expect(existsSync(join(tmpdir(), `sessionid${key}`))).toBe(true);
    await engine.delete(key);
    expect(existsSync(join(tmpdir(), `sessionid${key}`))).toBe(false);
  });

  it('S-32: a file is for its owner only, replaced whole, and nothing else is left in the folder', async () => {
    const engine = engineWith();
    await engine.create(KEY, { n: 1 }, 60);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    const { ino } = statSync(path());
    const { token } = (await engine.load(KEY))!;
    expect(await engine.replace(KEY, token, { n: 2 }, 60)).toBe(true);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(path()).ino).not.toBe(ino);
    expect(readdirSync(folder)).toEqual([`sessionid${KEY}`]);
  });

  it('S-32: what is over is told by SESSION_COOKIE_AGE since the last write, or by _session_expiry', async () => {
    const engine = engineWith({ SESSION_COOKIE_AGE: 100 });
    await engine.create(KEY, { n: 1 }, 100);
    utimesSync(path(), new Date(), new Date(Date.now() - 99_000));
    expect(await engine.load(KEY)).toBeDefined();
    utimesSync(path(), new Date(), new Date(Date.now() - 101_000));
    expect(await engine.load(KEY)).toBeUndefined();
    const other = `${KEY}x`;
    await engine.create(other, { _session_expiry: new Date(clock.wallMs() + 200_000).toISOString() }, 200);
    clock.advance(199_000);
    expect(await engine.load(other)).toBeDefined();
    clock.advance(2000);
    expect(await engine.load(other)).toBeUndefined();
  });

  it('S-32: clearExpired removes what is over, leaves other files, and tells of those it can not read', async () => {
    const engine = engineWith({ SESSION_COOKIE_AGE: 100 });
    const names = ['old', 'new', 'bad'].map((name) => name.padEnd(10, 'x'));
    for (const name of names) await engine.create(name, { n: 1 }, 100);
    writeFileSync(path(names[2]), 'damaged');
    writeFileSync(join(folder, 'unrelated'), 'x');
    writeFileSync(path('Other'), 'x');
    for (const name of [path(names[0]), path(names[2]), join(folder, 'unrelated')]) utimesSync(name, 0, 0);
    await expect(engine.clearExpired()).rejects.toThrow(CodecError);
    expect(readdirSync(folder).toSorted()).toEqual(
      ['sessionidOther', `sessionid${names[2]}`, `sessionid${names[1]}`, 'unrelated'].toSorted(),
    );
  });

  it('is no session that is a link, a folder, a pipe or empty: an error', async () => {
    const engine = engineWith();
    const target = join(folder, 'target');
    writeFileSync(target, DJANGOS);
    symlinkSync(target, path());
    await expect(engine.load(KEY)).rejects.toThrow(CodecError);
    rmSync(path());
    mkdirSync(path());
    await expect(engine.load(KEY)).rejects.toThrow(CodecError);
    rmSync(path(), { recursive: true });
    writeFileSync(path(), '');
    await expect(engine.load(KEY)).rejects.toThrow(CodecError);
    expect(await engine.create(KEY, { n: 1 }, 60)).toBe(false);
    expect(readFileSync(target, 'latin1')).toBe(DJANGOS);
  });

  it('S-48: a folder that is away is an outage, and logs nobody out', async () => {
    const engine = engineWith();
    await engine.create(KEY, { n: 1 }, 60);
    rmSync(folder, { recursive: true });
    await expect(engine.load(KEY)).rejects.toThrow(CacheUnavailableError);
    await expect(engine.exists(KEY)).rejects.toThrow(CacheUnavailableError);
    await expect(engine.create(`${KEY}x`, { n: 1 }, 60)).rejects.toThrow(/ENOENT/);
  });

  it('leaves nothing beside a file that it could not replace', async () => {
    const engine = engineWith();
    await engine.create(KEY, { n: 1 }, 60);
    const { token } = (await engine.load(KEY))!;
    await expect(engine.replace(KEY, token, { n: new Set() }, 60)).rejects.toThrow(CodecError);
    expect(readdirSync(folder)).toEqual([`sessionid${KEY}`]);
    chmodSync(path(), 0o600);
    expect((await engine.load(KEY))!.data).toEqual({ n: 1 });
  });
});

describe('createSessionEngine', () => {
  it.each([
    ['cache', 'SESSION_CACHE_ALIAS'],
    ['cached_db', 'SESSION_CACHE_ALIAS'],
    ['db', 'sessionRepository'],
  ])('engine %s without what it needs is a problem with a remedy', (name, path) => {
    const { config, auth } = sessionSettings({ SESSION_ENGINE: name });
    const parts = { config, auth, cache: undefined, repository: undefined, clock: new FakeClock() };
    const thrown = problemOf(() => createSessionEngine(parts));
    expect(thrown.problems).toEqual([expect.objectContaining({ path, got: 'nothing', remedy: expect.stringMatching(/./) })]);
  });

  it.each(['file', 'signed_cookies'])('engine %s without SECRET_KEY is a problem with a remedy', (name) => {
    const { config } = sessionSettings({ SESSION_ENGINE: name });
    const auth = { secretKeys: [], backends: [] };
    const parts = { config, auth, cache: undefined, repository: undefined, clock: new FakeClock() };
    expect(problemOf(() => createSessionEngine(parts)).problems[0]!.path).toBe('SECRET_KEY');
  });
});

function problemOf(work: () => unknown): ImproperlyConfiguredError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
    return error as ImproperlyConfiguredError;
  }
  throw new Error('nothing was thrown');
}
