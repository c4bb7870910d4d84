import { createServer, type RequestListener } from 'node:http';

import { Logger, type INestApplication } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { SentinelCaches, type DjangoSettings, type SentinelCache } from 'nestjs-sentinel-cache';
import request from 'supertest';

import { gatekeeper, PLATFORMS, startSessionApp } from './session-app.js';

const KEY = 'django.contrib.sessions.cache';
/** The session key of a Set-Cookie header. */
function keyOf(response: request.Response): string | undefined {
  const cookie = ((response.headers['set-cookie'] as unknown as string[] | undefined) ?? []).find((line) =>
    line.startsWith('sessionid='),
  );
  return cookie && /^sessionid=([^;]*)/.exec(cookie)![1];
}
function cookieLine(response: request.Response): string {
  return ((response.headers['set-cookie'] as unknown as string[] | undefined) ?? []).join('\n');
}

describe.each(PLATFORMS.flatMap((platform) => ['pickle', 'json'].map((serializer) => ({ platform, serializer }))))(
  'sessions on $platform, $serializer',
  ({ platform, serializer }) => {
    let redis: LocalRedis;
    let app: INestApplication;
    let cache: SentinelCache;
    const settings = (more: Record<string, unknown> = {}): DjangoSettings =>
      ({
        CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '1s', SERIALIZER: serializer } } },
        SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
        ...more,
      }) as DjangoSettings;
    const start = async (more: Record<string, unknown> = {}): Promise<void> => {
      await app?.close();
      app = await startSessionApp(platform, settings(more));
      cache = app.get(SentinelCaches).strict();
    };
    const http = () => request(app.getHttpServer() as never);
    const open = async (field = 'a', value: unknown = 1): Promise<string> =>
      keyOf(await http().post(`/set/${field}`).send({ value }))!;
    const withKey = (test: request.Test, key: string): request.Test => test.set('Cookie', `other=1; sessionid=${key}`);
    const stored = (key: string): Promise<Record<string, unknown> | null | undefined> => cache.get(KEY + key);

    beforeAll(async () => {
      redis = await startLocalRedis();
      await start();
    });
    beforeEach(async () => {
      await redis.primary.command('FLUSHALL');
    });
    afterAll(async () => {
      await app.close();
      await redis.stop();
    });

    it('S-40: an untouched request has no Vary, no cookie, and asks nothing of Redis', async () => {
      const key = await open();
      const calls = async (): Promise<number> =>
        Number(/cmdstat_get:calls=(\d+)/.exec(String(await redis.primary.command('INFO', 'commandstats')))?.[1] ?? 0);
      const before = await calls();
      for (const test of [http().get('/untouched'), withKey(http().get('/untouched'), key)]) {
        const response = await test.expect(200);
        expect([response.headers.vary ?? '', cookieLine(response)]).toEqual([expect.not.stringContaining('Cookie'), '']);
      }
      expect(await calls()).toBe(before);
    });

    it('requests that come by a server that is not the application´s have their session too (serverless)', async () => {
      if (platform === 'fastify') await app.getHttpAdapter().getInstance().ready();
      const instance = app.getHttpAdapter().getInstance() as RequestListener & { routing?: RequestListener };
      const server = createServer(instance.routing ?? instance);
      const response = await request(server).post('/set/a').send({ value: 5 });
      expect(await stored(keyOf(response)!)).toEqual({ a: 5 });
      const again = await withKey(request(server).get('/read'), keyOf(response)!);
      expect([again.body.data, again.headers.vary]).toEqual([{ a: 5 }, 'Cookie']);
    });

    it('S-41: reading adds Vary: Cookie, writes nothing, and costs one round trip', async () => {
      const key = await open('a', 1);
      await redis.primary.command('CONFIG', 'RESETSTAT');
      const response = await withKey(http().get('/read'), key).expect(200);
      expect(response.body).toEqual({ data: { a: 1 }, key });
      expect(response.headers.vary).toContain('Cookie');
      expect(cookieLine(response)).toBe('');
      expect(String(await redis.primary.command('INFO', 'commandstats'))).toMatch(/cmdstat_get:calls=1,/);
    });

    it('S-1, S-3, S-4, S-42: writing saves before the response leaves, under Django´s key, for SESSION_COOKIE_AGE', async () => {
      const response = await http()
        .post('/set/user')
        .send({ value: { name: 'Ada' } })
        .expect(201);
      const key = keyOf(response)!;
      expect(key).toMatch(/^[a-z0-9]{32}$/);
      expect(await stored(key)).toEqual({ user: { name: 'Ada' } });
      expect(await cache.ttl(KEY + key)).toBe(1_209_600);
      expect(await redis.primary.command('EXISTS', `:1:${KEY}${key}`)).toBe(1);
      expect(cookieLine(response)).toMatch(/Max-Age=1209600; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Lax|Max-Age=1209600/);
      expect(cookieLine(response)).toMatch(/HttpOnly/);
      expect(cookieLine(response)).toMatch(/SameSite=Lax/);
      expect(response.headers.vary).toContain('Cookie');
    });

    it('S-20 and more: a nested change is noticed and saved', async () => {
      const key = await open('cart', { items: [] });
      await withKey(http().post('/nested'), key).send({ item: 'tea' }).expect(201);
      expect(await stored(key)).toEqual({ cart: { items: ['tea'] } });
    });

    it('S-46: an unknown id is never adopted; S-45: read only, its cookie is deleted', async () => {
      const unknown = 'x'.repeat(32);
      const written = await withKey(http().post('/set/a'), unknown).send({ value: 1 });
      expect(keyOf(written)).not.toBe(unknown);
      expect(await stored(unknown)).toBeUndefined();
      const read = await withKey(http().get('/read'), unknown);
      expect(cookieLine(read)).toBe('sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax');
      expect(read.headers.vary).toContain('Cookie');
      expect(cookieLine(await withKey(http().get('/untouched'), unknown))).toBe('');
      expect(cookieLine(await withKey(http().get('/untouched'), 'short'))).toContain('Max-Age=0');
    });

    it('S-23, S-45: flush ends the session at once and deletes the cookie', async () => {
      const key = await open();
      const response = await withKey(http().post('/flush'), key);
      expect(cookieLine(response)).toContain('Max-Age=0');
      expect(await stored(key)).toBeUndefined();
    });

    it('S-23: cycleKey keeps the fields under a new key, and the old one is gone', async () => {
      const key = await open('a', 1);
      const response = await withKey(http().post('/cycle'), key);
      const next = keyOf(response)!;
      expect(next).not.toBe(key);
      expect([await stored(next), await stored(key)]).toEqual([{ a: 1 }, undefined]);
    });

    it('S-23, S-45: clear keeps the key and saves nothing but emptiness', async () => {
      const key = await open('a', 1);
      const response = await withKey(http().post('/clear'), key);
      expect(keyOf(response)).toBe(key);
      expect(await stored(key)).toEqual({});
    });

    it('S-25, S-26, S-27: setExpiry in seconds, with the browser, at a moment, and back', async () => {
      const key = await open();
      const expiring = (body: object): request.Test => withKey(http().post('/expiry'), key).send(body);
      expect(cookieLine(await expiring({ seconds: 30 }))).toContain('Max-Age=30;');
      expect(await cache.ttl(KEY + key)).toBe(30);
      expect(cookieLine(await expiring({ seconds: 0 }))).not.toContain('Max-Age');
      expect(await cache.ttl(KEY + key)).toBe(1_209_600);
      await expiring({ date: new Date(Date.now() + 3_600_000).toISOString() });
      const { age } = (await withKey(http().get('/expiry'), key)).body as { age: number };
      expect(age).toBeGreaterThanOrEqual(3598);
      expect(age).toBeLessThanOrEqual(3600);
      const expiry = (await stored(key))!._session_expiry;
      if (serializer === 'json') expect(expiry).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
      else expect(expiry).toBeInstanceOf(Date);
      await expiring({ seconds: null });
      expect((await stored(key))!).not.toHaveProperty('_session_expiry');
      expect(cookieLine(await expiring({ seconds: -5 }))).toContain('Max-Age=-5');
      expect(await stored(key)).toBeUndefined();
    });

    it('S-44: a 4xx saves, a 5xx does not', async () => {
      const key = await open();
      await withKey(http().post('/fail/404'), key).expect(404);
      expect(await stored(key)).toEqual({ a: 1, failed: '404' });
      await withKey(http().post('/fail/500?field=later'), key).expect(500);
      expect(await stored(key)).toEqual({ a: 1, failed: '404' });
    });

    it('two requests that write different fields at the same time: both survive', async () => {
      const key = await open('base', 0);
      for (let i = 0; i < 10; i += 1) {
        const slow = gatekeeper.close('set:slow');
        const first = withKey(http().post('/set/slow'), key)
          .send({ value: i })
          .then((response) => response);
        await slow.arrived;
        await withKey(http().post('/set/quick'), key).send({ value: i }).expect(201);
        slow.open();
        expect((await first).status).toBe(201);
        expect(await stored(key)).toEqual({ base: 0, slow: i, quick: i });
      }
    });

    it('update is run again on what another request saved: no increment is lost', async () => {
      const key = await open('count', 0);
      const slow = gatekeeper.close('increment:count');
      const first = withKey(http().post('/increment/count'), key).then((response) => response);
      await slow.arrived;
      await withKey(http().post('/increment/count'), key).expect(201);
      slow.open();
      await first;
      expect(await stored(key)).toEqual({ count: 2 });
    });

    it('S-47: a session that was ended meanwhile never comes back; the request is told 400', async () => {
      const key = await open('a', 1);
      const slow = gatekeeper.close('set:late');
      const late = withKey(http().post('/set/late'), key)
        .send({ value: 1 })
        .then((response) => response);
      await slow.arrived;
      await withKey(http().post('/flush'), key);
      slow.open();
      const response = await late;
      expect([response.status, response.body]).toEqual([400, { statusCode: 400, message: expect.stringContaining('deleted') }]);
      expect(await stored(key)).toBeUndefined();
      expect(cookieLine(response)).toBe('');
    });

    it('S-43: SESSION_SAVE_EVERY_REQUEST saves and sends an untouched session again, and starts none', async () => {
      await start({ SESSION_SAVE_EVERY_REQUEST: true });
      const key = await open();
      await cache.touch(KEY + key, 100);
      const response = await withKey(http().get('/untouched'), key);
      expect(keyOf(response)).toBe(key);
      expect(response.headers.vary).toContain('Cookie');
      expect(await cache.ttl(KEY + key)).toBe(1_209_600);
      expect(cookieLine(await http().get('/untouched'))).toBe('');
      await start();
    });

    it('S-42: the cookie is as SESSION_COOKIE_* say', async () => {
      await start({
        SESSION_COOKIE_NAME: 'sid',
        SESSION_COOKIE_DOMAIN: 'example.com',
        SESSION_COOKIE_PATH: '/shop',
        SESSION_COOKIE_SECURE: true,
        SESSION_COOKIE_HTTPONLY: false,
        SESSION_COOKIE_SAMESITE: false,
        SESSION_EXPIRE_AT_BROWSER_CLOSE: true,
      });
      const line = cookieLine(await http().post('/set/a').send({ value: 1 }));
      expect(line).toMatch(/^sid=[a-z0-9]{32}; /);
      expect(line).toMatch(/Domain=example\.com/);
      expect(line).toMatch(/Path=\/shop/);
      expect(line).toMatch(/Secure/);
      expect(line).not.toMatch(/HttpOnly|SameSite|Max-Age|Expires/);
      await start();
    });

    it('an undecodable session is a 503 and keeps its cookie: never an empty one', async () => {
      const key = await open();
      await redis.primary.command('SET', `:1:${KEY}${key}`, 'garbage');
      const response = await withKey(http().get('/read'), key);
      expect([response.status, cookieLine(response)]).toEqual([503, '']);
      expect(JSON.stringify(response.body)).not.toContain('garbage');
    });

    it('a field that can´t be written is a 500 and a line of the log that says why: no outage, nothing is saved', async () => {
      const key = await open();
      const lines: string[] = [];
      const note = (message: unknown): void => void lines.push(String(message));
      Logger.overrideLogger({ log: note, warn: note, error: note });
      const answers = [await withKey(http().post('/unwritable'), key), await http().post('/unwritable')];
      Logger.overrideLogger(false);
      for (const { status, body, headers } of answers) {
        expect([status, body]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
        expect([headers['retry-after'], headers['set-cookie']]).toEqual([undefined, undefined]);
      }
      const line = expect.stringMatching(/^cache default: value\.oops can't be written as \w+: a function is no value\.$/);
      expect(lines).toEqual([line, line]);
      expect(await stored(key)).toEqual({ a: 1 });
    });

    describe('in an outage', () => {
      afterEach(async () => {
        await redis.restart();
        await start();
      });

      it('pain, S-48: a read is a 503 and keeps the cookie, and the user is still there afterwards', async () => {
        const key = await open('user', 7);
        await redis.primary.command('SAVE');
        await redis.kill();
        const response = await withKey(http().get('/read'), key);
        expect([response.status, cookieLine(response)]).toEqual([503, '']);
        expect(JSON.stringify(response.body)).not.toMatch(/127\.0\.0\.1/);
        expect((await withKey(http().post('/set/a'), key).send({ value: 1 })).status).toBe(503);
        expect((await withKey(http().get('/untouched'), key)).status).toBe(200);
      });

      it('SESSION_OUTAGE anonymous: a read goes on without a session and keeps the cookie, a write is an error', async () => {
        await start({ SESSION_OUTAGE: 'anonymous' });
        const key = await open('user', 7);
        await redis.kill();
        const response = await withKey(http().get('/read'), key);
        expect([response.status, response.body, cookieLine(response)]).toEqual([200, { data: {}, key }, '']);
        const write = await withKey(http().post('/set/a'), key).send({ value: 1 });
        expect([write.status, cookieLine(write)]).toEqual([503, '']);
      });
    });
  },
);
