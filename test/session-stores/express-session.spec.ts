import { AsyncLocalStorage } from 'node:async_hooks';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import session, { Store } from 'express-session';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import type { SentinelCache, SentinelCaches } from 'nestjs-sentinel-cache';
import { CacheSessionStore } from 'nestjs-sentinel-cache/express-session';
import { startExpress, type App, type Settings } from './support/apps.js';
import { ask, cachesOn, sessionFor } from './support/stores.js';
import { Visitor } from './support/visitor.js';

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(() => redis.stop());

describe('CacheSessionStore as express-session documents a store', () => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let store: CacheSessionStore;
  let app: App | undefined;
  let visitor: Visitor;
  const start = async (settings: Settings = {}) => {
    app = await startExpress(store, settings);
    visitor = new Visitor(app.origin);
  };
  const commands = async () => {
    const stats = String(await redis.command('INFO', 'commandstats'));
    const counted = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(([, name, calls]) => [name, Number(calls)]);
    const ours = ['get', 'set', 'pexpire', 'evalsha', 'unlink'];
    return Object.fromEntries(counted.filter(([name]) => ours.includes(String(name)))) as Record<string, number>;
  };

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    caches = cachesOn(redis.url());
    cache = caches.get();
    store = new CacheSessionStore(cache);
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await caches.close();
  });

  it('is a Store and an EventEmitter with all required, recommended and optional methods', () => {
    expect(store).toBeInstanceOf(Store);
    expect(typeof store.on).toBe('function');
    for (const method of [
      'destroy',
      'get',
      'set',
      'touch',
      'all',
      'clear',
      'length',
      'regenerate',
      'load',
      'createSession',
    ] as const)
      expect(typeof store[method]).toBe('function');
    expect(() => session({ store, secret: 'x', resave: false, saveUninitialized: false })).not.toThrow();
  });

  it('a request that changes nothing costs one read and one PEXPIRE', async () => {
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    await visitor.get('/me');
    await redis.command('CONFIG', 'RESETSTAT');
    for (let i = 0; i < 20; i += 1) await visitor.get('/me');
    expect(await commands()).toEqual({ evalsha: 20, get: 20, pexpire: 20 }); // GET is the script's own
  });

  it('a changed maxAge is stored, though nothing else changed: the next requests keep it', async () => {
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    await visitor.get('/remember?ms=3600000');
    const { body } = await visitor.get('/me');
    expect(Math.abs(Number(body['originalMaxAge']) - 3_600_000)).toBeLessThan(60_000);
    expect(await cache.pttl(`sess:${String(body['id'])}`)).toBeGreaterThan(3_500_000);
    expect(body['user']).toBe('Ada');
  });

  it('req.session.cookie.maxAge is what the session has left, after any number of touches', async () => {
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    for (let i = 0; i < 3; i += 1) await visitor.get('/me');
    const { body } = await visitor.get('/me');
    await redis.command('PEXPIRE', cache.makeKey(`sess:${String(body['id'])}`), 5000);
    expect(Number((await visitor.get('/me')).body['maxAge'])).toBeLessThanOrEqual(5000);
  });

  it('a session that has ended while a request ran is not saved again; save() tells', async () => {
    await start({ maxAge: 60_000 });
    await visitor.get('/login?user=Ada');
    const response = visitor.again().get('/slow-save');
    await app!.gate.arrived();
    await visitor.get('/destroy');
    app!.gate.open();
    expect((await response).status).toBe(400);
    expect(await redis.command('DBSIZE')).toBe(0);
  });

  it('a new session, a regenerated one and one made by createSession are stored', async () => {
    const req = { sessionID: 'made', sessionStore: store } as never;
    const made = store.createSession(req, sessionFor(60_000, { user: 'Ada' }) as never);
    await ask((done) => store.set('made', made, done));
    expect(await ask<any>((done) => store.load('made', done))).toMatchObject({ user: 'Ada', id: 'made' });
    await ask((done) => store.destroy('made', done));
    const again = await ask((done) => store.set('made', made, done)).catch((error: unknown) => error);
    expect(again).toMatchObject({ code: 'SENTINEL_CACHE_SESSION_INTERRUPTED' });
  });

  it('destroy without a callback answers the visitor, whatever becomes of it', async () => {
    await start();
    await visitor.get('/login?user=Ada');
    expect((await visitor.get('/destroy-and-forget')).status).toBe(200);
  });

  it('callbacks run in the async context of their request', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen = await context.run('mine', () => ask<string>((done) => store.get('a', () => done(null, context.getStore()))));
    expect(seen).toBe('mine');
  });
});
