import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { rejectionOf } from '../cache/support/waiting.js';
import { until } from '../connection/until.js';
import { ask, cachesOn, LIBRARIES, sessionFor, type AnyStore, type SeenSession } from './support/stores.js';

const DAY_MS = 86_400_000;
/** What the way to Redis and back may take of a lifetime, in a busy test run. */
const WAY_MS = 10_000;

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
});
afterAll(() => redis.stop());

describe.each(LIBRARIES)('the store for %s', (name, library) => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let store: AnyStore;
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    caches = cachesOn(redis.url());
    cache = caches.get();
    store = library.store(cache);
  });
  afterEach(() => caches.close());

  const get = (id: string) => ask<any>((done) => store.get(id, done));
  const set = (id: string, session: unknown) => ask((done) => store.set(id, session, done));
  const touch = (id: string, session: unknown) => ask((done) => store.touch(id, session, done));
  const destroy = (id: string) => ask((done) => store.destroy(id, done));
  const near = async (id: string, ms: number) => {
    const left = await cache.pttl(`sess:${id}`);
    expect(left).toBeLessThanOrEqual(ms);
    expect(left).toBeGreaterThan(ms - WAY_MS);
  };

  it('gives back what was set, as JSON would, under prefix, version and sess:', async () => {
    await set('a', sessionFor(60_000, { user: 'Ada', at: new Date(0), big: 1e21, list: [undefined, 1], lost: undefined }));
    const session = await get('a');
    expect(session).toMatchObject({ user: 'Ada', at: '1970-01-01T00:00:00.000Z', big: 1e21, list: [null, 1] });
    expect(session.cookie).toMatchObject({ originalMaxAge: 60_000, httpOnly: true, path: '/', expires: expect.any(Date) });
    expect('lost' in session).toBe(false);
    expect(await redis.command('KEYS', '*')).toEqual(['app:1:sess:a']);
    expect(JSON.parse((await cache.get<string>('sess:a'))!)).toMatchObject({ user: 'Ada' });
  });

  it('says null, and no error, when there is none', async () => {
    expect(await get('nobody')).toBeNull();
    await destroy('nobody');
    await touch('nobody', sessionFor(60_000));
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  it('replaces the whole session: the last one wins', async () => {
    await set('a', sessionFor(60_000, { first: 1 }));
    await set('a', sessionFor(60_000, { second: 2 }));
    expect(await get('a')).not.toHaveProperty('first');
    expect(await get('a')).toHaveProperty('second', 2);
  });

  it('lets a session live until its cookie ends, to the millisecond', async () => {
    await set('a', sessionFor(12_345));
    await near('a', 12_345);
    const before = Date.now();
    const { cookie } = await get('a');
    const after = Date.now();
    const left = (await cache.pttl('sess:a'))!;
    expect(cookie.expires.getTime()).toBeGreaterThanOrEqual(before + left);
    expect(cookie.expires.getTime()).toBeLessThanOrEqual(after + 12_345);
    expect(cookie.originalMaxAge).toBe(12_345);
    await set('b', sessionFor(150));
    await pause(200);
    expect(await get('b')).toBeNull();
  });

  it('lets a session without an end live for a day, or for ttl', async () => {
    await set('a', sessionFor(null));
    await near('a', DAY_MS);
    expect((await get('a')).cookie.expires).toBeNull();
    store = library.store(cache, { ttl: '90s' });
    await set('a', sessionFor(null));
    await near('a', 90_000);
    store = library.store(cache, { ttl: null });
    await set('a', sessionFor(null));
    expect(await cache.pttl('sess:a')).toBeNull();
  });

  it('removes a session whose cookie has ended, at set and at touch', async () => {
    for (const end of [set, touch]) {
      await set('a', sessionFor(60_000));
      await end('a', sessionFor(-1));
      expect(await redis.command('DBSIZE')).toBe(0);
    }
  });

  it('touch lengthens entry and cookie alike, and keeps what was written meanwhile', async () => {
    await set('a', sessionFor(10_000, { user: 'Ada' }));
    await touch('a', sessionFor(60_000, { user: 'of an older read' }));
    await near('a', 60_000);
    const { cookie, user } = await get('a');
    expect(user).toBe('Ada');
    expect(cookie.originalMaxAge).toBe(60_000);
    expect(cookie.expires.getTime()).toBeGreaterThan(Date.now() + 60_000 - WAY_MS);
  });

  it('touch does not bring back what is gone', async () => {
    await set('a', sessionFor(10_000));
    await destroy('a');
    await touch('a', sessionFor(60_000));
    expect(await get('a')).toBeNull();
  });

  it('disableTouch leaves the life as it is', async () => {
    store = library.store(cache, { disableTouch: true });
    await set('a', sessionFor(10_000));
    await touch('a', sessionFor(60_000));
    await near('a', 10_000);
  });

  it('all, length and clear know sessions of this prefix only, glob signs taken literally', async () => {
    store = library.store(cache, { prefix: 's*[a]?:' });
    const other = library.store(cache);
    await ask((done) => other.set('other', sessionFor(60_000), done));
    await cache.set('page', 'stays', 60);
    for (const id of ['a', 'b', 'c']) await set(id, sessionFor(60_000, { user: id }));
    expect(await ask((done) => store.length(done))).toBe(3);
    const all = (await ask<SeenSession[]>((done) => store.all(done)))!;
    expect(new Set(all.map(({ id, user }) => `${id} is ${String(user)}`))).toEqual(new Set(['a is a', 'b is b', 'c is c']));
    expect(all[0]!.cookie.expires).toBeInstanceOf(Date);
    await ask((done) => store.clear(done));
    expect(await ask((done) => store.length(done))).toBe(0);
    expect([await ask((done) => other.length(done)), await cache.get('page')]).toEqual([1, 'stays']);
  });

  it('all gives each session the end that its entry has, which touch has moved', async () => {
    await set('touched', sessionFor(10_000));
    await set('kept', sessionFor(10_000));
    await set('endless', sessionFor(null));
    await cache.pexpire('sess:touched', 60_000);
    const all = (await ask<SeenSession[]>((done) => store.all(done)))!;
    const ends = new Map(all.map(({ id, cookie }) => [id, cookie.expires]));
    for (const id of ['touched', 'kept']) {
      const end = ends.get(id)!.getTime() - Date.now();
      const left = (await cache.pttl(`sess:${id}`))!;
      expect(Math.abs(end - left)).toBeLessThan(WAY_MS);
    }
    expect(ends.get('touched')!.getTime() - ends.get('kept')!.getTime()).toBeGreaterThan(50_000 - WAY_MS);
    expect(ends.get('endless')).toBeNull();
  });

  it('without a callback gives a promise of the same, and of ids', async () => {
    expect(await store.set('a', sessionFor(10_000, { user: 'Ada' }))).toBeUndefined();
    expect(await store.get('a')).toMatchObject({ user: 'Ada', cookie: { expires: expect.any(Date) } });
    expect(await store.get('nobody')).toBeNull();
    await store.touch('a', sessionFor(60_000));
    await near('a', 60_000);
    await store.set('b', sessionFor(10_000));
    expect(new Set(await store.ids())).toEqual(new Set(['a', 'b']));
    expect(new Set(await ask<string[]>((done) => store.ids(done)))).toEqual(new Set(['a', 'b']));
    expect(await store.length()).toBe(2);
    expect((await store.all()).map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
    await store.destroy('a');
    expect(await store.ids()).toEqual(['b']);
    await store.clear();
    expect(await store.length()).toBe(0);
    expect(store.length(() => undefined)).toBeUndefined();
  });

  const needsCookie = name === 'express-session';
  const cookieless = [{}, { user: 1 }];

  it.each([
    undefined,
    null,
    'text',
    5,
    [],
    { cookie: null },
    { cookie: 'id' },
    { cookie: [] },
    ...(needsCookie ? cookieless : []),
  ])('refuses %p, which the library could not read back, as a session to store or to touch', async (session) => {
    for (const refused of [set('a', session), touch('a', session), store.set('a', session), store.touch('a', session)])
      expect(await rejectionOf(refused)).toMatchObject({
        code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
        message: expect.stringContaining(needsCookie ? 'cookie: { originalMaxAge: null }' : 'Give an object'),
      });
    expect(await redis.command('DBSIZE')).toBe(0);
    await set('a', { user: 1, cookie: { originalMaxAge: null } });
    expect(await get('a')).toEqual({ user: 1, cookie: { originalMaxAge: null } });
  });

  if (!needsCookie)
    it.each(cookieless)('stores %p, which has no cookie, for ttl, and touch keeps it', async (session) => {
      store = library.store(cache, { ttl: '90s' });
      await set('a', session);
      await near('a', 90_000);
      await cache.pexpire('sess:a', 20_000);
      await touch('a', session);
      await near('a', 90_000);
      expect(await get('a')).toEqual(session);
      expect(await store.all()).toEqual([{ ...session, id: 'a' }]);
      await touch('a', sessionFor(60_000));
      await near('a', 60_000);
      expect((await get('a')).cookie).toMatchObject({ originalMaxAge: 60_000 });
    });

  it('calls back once, never before the call has returned', async () => {
    const calls: string[] = [];
    const asynchronous = (what: string, call: (callback: () => void) => void) =>
      new Promise<void>((done) => {
        call(() => (calls.push(what), done()));
        calls.push(`${what} returned`);
      });
    await asynchronous('set', (done) => store.set('a', sessionFor(1000), done));
    await asynchronous('set of the ended', (done) => store.set('a', sessionFor(-1), done));
    await asynchronous('get', (done) => store.get('a', done));
    await asynchronous('touch', (done) => store.touch('a', sessionFor(1000), done));
    await asynchronous('destroy', (done) => store.destroy('a', done));
    const disabled = library.store(cache, { disableTouch: true });
    await asynchronous('no touch', (done) => disabled.touch('a', sessionFor(1000), done));
    const names = ['set', 'set of the ended', 'get', 'touch', 'destroy', 'no touch'];
    await until(() => calls.length >= 2 * names.length);
    expect(calls).toEqual(names.flatMap((what) => [`${what} returned`, what]));
  });

  it('what a callback throws is the program´s uncaught exception: no second call, no rejection', async () => {
    const calls: unknown[] = [];
    const thrown = await new Promise((caught) => {
      process.setUncaughtExceptionCaptureCallback(caught);
      store.get('nobody', (error) => {
        calls.push(error);
        throw new Error('mine');
      });
    }).finally(() => process.setUncaughtExceptionCaptureCallback(null));
    expect(thrown).toMatchObject({ message: 'mine' });
    await pause(50);
    expect(calls).toEqual([null]);
  });

  it('a session that can´t be written, or read, is an error and never an empty session', async () => {
    const cycle: Record<string, unknown> = sessionFor(1000);
    cycle.self = cycle;
    expect(await rejectionOf(set('a', cycle))).toBeInstanceOf(TypeError);
    const damages = ['no JSON', '"text"', 'null', '[]', '{"cookie":null}', '{"cookie":"id"}', '{"cookie":[]}', 7, { cookie: {} }];
    for (const damaged of [...damages, ...(needsCookie ? ['{"user":"Ada"}'] : [])]) {
      await cache.set('sess:a', damaged, 60);
      expect(await rejectionOf(get('a'))).toMatchObject({ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE', statusCode: 503 });
    }
  });

  it('refuses at once a cache that ignores outages, and options that make no sense', async () => {
    const tolerant = cachesOn(redis.url(), { OPTIONS: { IGNORE_EXCEPTIONS: true } });
    expect(() => library.store(tolerant.get())).toThrow(
      expect.objectContaining({ code: 'SENTINEL_CACHE_IMPROPERLY_CONFIGURED' }) as never,
    );
    expect(() => library.store(tolerant.strict())).not.toThrow();
    await tolerant.close();
    for (const bad of [{ ttl: 0 }, { ttl: 'soon' }, { ttl: true }, { prefix: '' }]) {
      expect(() => library.store(cache, bad as never)).toThrow(
        expect.objectContaining({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' }) as never,
      );
    }
  });

  it('works on locmem too', async () => {
    const local = createCaches({ default: { BACKEND: 'locmem', LOCATION: name } });
    store = library.store(local.get());
    await set('a', sessionFor(60_000, { user: 'Ada' }));
    expect(await get('a')).toMatchObject({ user: 'Ada' });
    await destroy('a');
    expect(await get('a')).toBeNull();
  });

  it('tells of an outage in every method, in time, and nothing is left unhandled', async () => {
    const unhandled = jest.fn();
    const ignored: unknown[] = [];
    const onIgnored = (event: unknown): void => void ignored.push(event);
    process.on('unhandledRejection', unhandled);
    subscribe('nestjs-sentinel-cache:ignored-error', onIgnored);
    const server = await startLocalRedis();
    const broken = cachesOn(server.url());
    store = library.store(broken.get());
    try {
      await set('a', sessionFor(60_000));
      await server.stop();
      const calls = [
        get('a'),
        set('a', sessionFor(60_000)),
        set('a', sessionFor(-1)),
        touch('a', sessionFor(60_000)),
        destroy('a'),
        ask((done) => store.all(done)),
        ask((done) => store.length(done)),
        ask((done) => store.clear(done)),
      ];
      for (const error of await Promise.all(calls.map(rejectionOf))) {
        expect(error).toMatchObject({ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE', statusCode: 503 });
        expect(error.cause).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE' });
        expect(error.message).not.toMatch(/127\.0\.0\.1|\d{4}/);
      }
      void store.set('a', sessionFor(60_000));
      void store.destroy('a');
      expect(await rejectionOf(store.get('a'))).toMatchObject({ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE', statusCode: 503 });
      await until(() => ignored.length === 3);
      const operations = ignored.map((event) => (event as { operation: string }).operation);
      expect(operations.toSorted()).toEqual(['session.destroy', 'session.get', 'session.set']);
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
      unsubscribe('nestjs-sentinel-cache:ignored-error', onIgnored);
      await broken.close();
      await server.stop();
    }
  });
});
