import type { INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { getCacheToken, SentinelCaches, type SentinelCache } from 'nestjs-sentinel-cache';
import { FakeClock, Faults, locmemTwin } from 'nestjs-sentinel-cache/testing';
import { PLATFORMS, startSessionApp } from '../session/session-app.js';

/** A Redis that is not there, as the application has it. */
const settings = {
  CACHES: {
    default: {
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: 'mymaster/127.0.0.1:1/0',
      OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient', IGNORE_EXCEPTIONS: true },
    },
  },
  SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
  SESSION_COOKIE_AGE: 3600,
};

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe.each(PLATFORMS)('SentinelCacheModule.forRoot(locmemTwin(settings), { clock, faults }) on %s', (platform) => {
  it('serves caches and sessions without Redis, in the time of the clock, with the faults of the test', async () => {
    const clock = new FakeClock();
    const faults = new Faults();
    app = await startSessionApp(platform, locmemTwin(settings), { clock, faults });
    const url = await app.getUrl();
    const set = await fetch(`${url}/set/name`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"value":"Ada"}',
    });
    const [cookie] = set.headers.getSetCookie()[0]!.split(';');
    const read = async (): Promise<[number, unknown]> => {
      const response = await fetch(`${url}/read`, { headers: { cookie: cookie! } });
      return [response.status, ((await response.json()) as { data?: unknown }).data];
    };
    const cache = app.get<SentinelCache>(getCacheToken());
    await cache.set('a', 1, 60);

    expect(await read()).toEqual([200, { name: 'Ada' }]);
    faults.outage();
    // IGNORE_EXCEPTIONS is for the cache; an outage never looks like a logout.
    expect([await cache.get('a'), await read()]).toEqual([undefined, [503, undefined]]);
    faults.recover();
    expect([await cache.get('a'), await read()]).toEqual([1, [200, { name: 'Ada' }]]);

    clock.advance(61_000);
    expect([await cache.get('a'), await read()]).toEqual([undefined, [200, { name: 'Ada' }]]);
    clock.advance(3_600_000);
    expect(await read()).toEqual([200, {}]);
    expect(app.get(SentinelCaches).get()).toBe(cache);
  });

  it('ends sessions that lie in no cache in the time of the clock, too', async () => {
    const clock = new FakeClock();
    const signed = { ...settings, SESSION_ENGINE: 'django.contrib.sessions.backends.signed_cookies', SECRET_KEY: 'of the test' };
    app = await startSessionApp(platform, locmemTwin(signed), { clock });
    const url = await app.getUrl();
    const headers = { 'content-type': 'application/json' };
    const set = await fetch(`${url}/set/name`, { method: 'POST', headers, body: '{"value":"Ada"}' });
    const [cookie] = set.headers.getSetCookie()[0]!.split(';');
    const read = async (): Promise<unknown> =>
      ((await (await fetch(`${url}/read`, { headers: { cookie: cookie! } })).json()) as { data: unknown }).data;
    clock.advance(3_599_000);
    expect(await read()).toEqual({ name: 'Ada' });
    clock.advance(2000);
    expect(await read()).toEqual({});
  });
});
