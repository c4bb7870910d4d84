import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import type { SentinelCaches } from 'nestjs-sentinel-cache';
import { rejectionOf } from '../cache/support/waiting.js';
import { until } from '../connection/until.js';
import type { App, Settings } from './support/apps.js';
import { cachesOn, LIBRARIES } from './support/stores.js';
import { Visitor } from './support/visitor.js';

const WAY_MS = 20_000;

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
});
afterAll(() => redis.stop());

describe.each(LIBRARIES)('an app with %s', (name, library) => {
  const onExpress = name === 'express-session';
  let caches: SentinelCaches;
  let app: App;
  let visitor: Visitor;
  const start = async (settings: Settings = {}) => {
    app = await library.app(caches.get(), settings);
    visitor = new Visitor(app.origin);
  };
  const me = async (who = visitor) => (await who.get('/me')).body;
  const idNow = async () => String((await me())['id']);
  const left = async (id: string) => (await caches.get().pttl(`sess:${id}`))!;

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    caches = cachesOn(redis.url());
  });
  afterEach(async () => {
    await app.close();
    await caches.close();
  });

  it('a login is remembered, for this visitor only', async () => {
    await start();
    await visitor.get('/login?user=Ada');
    expect(await me()).toMatchObject({ user: 'Ada' });
    expect((await me(new Visitor(app.origin)))['user']).toBeUndefined();
    await visitor.get('/count');
    await visitor.get('/count');
    expect(await me()).toMatchObject({ user: 'Ada', n: 2 });
  });

  it('a session that a program stored without a cookie is read back by @fastify/session; express-session´s is refused', async () => {
    await start();
    await visitor.get('/login?user=Ada');
    const id = await idNow();
    const stored = library.store(caches.get()).set(id, { user: 'Grace' });
    if (onExpress) {
      expect(await rejectionOf(stored)).toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
      expect(await me()).toMatchObject({ user: 'Ada' });
      return;
    }
    await stored;
    expect(await me()).toMatchObject({ id, user: 'Grace' });
    await visitor.get('/count');
    expect(await me()).toMatchObject({ id, user: 'Grace', n: 1 });
  });

  it('saveUninitialized: false stores nothing for those who only look; true does', async () => {
    await start();
    await visitor.get('/me');
    expect([visitor.setCookie, await redis.command('DBSIZE')]).toEqual([undefined, 0]);
    await app.close();
    await start({ saveUninitialized: true });
    await visitor.get('/me');
    expect([typeof visitor.setCookie, await redis.command('DBSIZE')]).toEqual(['string', 1]);
  });

  it('maxAge: the session ends with its cookie', async () => {
    await start({ maxAge: 400, rolling: false });
    await visitor.get('/login?user=Ada');
    const twin = visitor.again();
    await pause(500);
    expect((await me(twin))['user']).toBeUndefined();
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  it('a request that changes nothing lengthens the session where the library does so; rolling the cookie too', async () => {
    for (const rolling of [true, false]) {
      await start({ maxAge: 60_000, rolling });
      await visitor.get('/login?user=Ada');
      const id = await idNow();
      await redis.command('PEXPIRE', `app:1:sess:${id}`, 30_000);
      await visitor.get('/me');
      const lengthened = onExpress || rolling;
      expect(await left(id)).toBeGreaterThan(lengthened ? 60_000 - WAY_MS : 0);
      expect(await left(id)).toBeLessThanOrEqual(lengthened ? 60_000 : 30_000);
      expect(Boolean(visitor.setCookie)).toBe(rolling);
      if (rolling) expect(Math.abs(visitor.cookieEndsAt - (Date.now() + (await left(id))))).toBeLessThan(WAY_MS);
      await app.close();
    }
    await start();
  });

  it('regenerate: another id, an empty session, and the old one is gone', async () => {
    await start();
    await visitor.get('/login?user=Ada');
    const old = visitor.again();
    const id = await idNow();
    expect((await visitor.get('/regenerate')).status).toBe(200);
    await visitor.get('/count');
    const now = await me();
    expect([now['id'] === id, now['user'], now['n']]).toEqual([false, undefined, 1]);
    expect((await me(old))['user']).toBeUndefined();
  });

  it('destroy: gone, and the old cookie opens nothing', async () => {
    await start();
    await visitor.get('/login?user=Ada');
    const old = visitor.again();
    await visitor.get('/destroy');
    expect(await redis.command('DBSIZE')).toBe(0);
    const { id: before } = (await old.get('/me')).body;
    expect((await me(old))['user']).toBeUndefined();
    expect(before).toBeDefined();
  });

  it('two requests at the same time: the last one wins, as both libraries say', async () => {
    await start();
    await visitor.get('/login?user=Ada');
    const twin = visitor.again();
    const first = visitor.get('/slow-write?field=a');
    const second = twin.get('/slow-write?field=b');
    await app.gate.arrived(2);
    app.gate.open();
    await Promise.all([first, second]);
    expect(Object.keys((await me())['fields'] as object)).toHaveLength(1);
  });

  it('an outage reaches the app as 503, keeps the cookie, and afterwards everybody is still logged in', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    await redis.hang();
    const during = await visitor.get('/me');
    expect([during.status, visitor.setCookie, visitor.cookies.size]).toEqual([503, undefined, 1]);
    expect(app.errors).toMatchObject([{ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE' }]);
    await redis.resume();
    await until(async () => (await visitor.get('/me')).status !== 503);
    expect(await me()).toMatchObject({ user: 'Ada' });
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  it('an outage between reading and saving reaches the app too', async () => {
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    const slow = visitor.again();
    const response = slow.get('/slow-write?field=a').catch(() => undefined);
    await app.gate.arrived();
    await redis.hang();
    app.gate.open();
    await response;
    await until(() => app.errors.length > 0);
    expect(app.errors).toMatchObject([{ code: 'SENTINEL_CACHE_SESSION_UNAVAILABLE' }]);
    await redis.resume();
    await until(async () => (await visitor.get('/me')).status !== 503);
    expect(await me()).toMatchObject({ user: 'Ada' });
  });

  it(`a session that was destroyed meanwhile ${onExpress ? 'does not come back' : 'comes back: the library can´t tell'}`, async () => {
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    const slow = visitor.again();
    const response = slow.get('/slow-write?field=a').catch(() => undefined);
    await app.gate.arrived();
    const old = visitor.again();
    await visitor.get('/destroy');
    app.gate.open();
    await response;
    if (onExpress) await until(() => app.errors.length > 0);
    expect(await redis.command('DBSIZE')).toBe(onExpress ? 0 : 1);
    expect((await me(old))['user']).toBe(onExpress ? undefined : 'Ada');
    expect(app.errors).toMatchObject(onExpress ? [{ code: 'SENTINEL_CACHE_SESSION_INTERRUPTED', statusCode: 400 }] : []);
  });
});
