import type { INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { SentinelCaches, type DjangoSettings, type SentinelCache } from 'nestjs-sentinel-cache';
import request from 'supertest';

import { gatekeeper, PLATFORMS, startSessionApp } from './session-app.js';

const KEY = 'django.contrib.sessions.cache';
const RUNS = 200;

describe.each(PLATFORMS)('the two races of express-session, %s', (platform) => {
  let redis: LocalRedis;
  let app: INestApplication;
  let cache: SentinelCache;
  beforeAll(async () => {
    redis = await startLocalRedis();
    app = await startSessionApp(platform, {
      CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '1s' } } },
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
    } as DjangoSettings);
    cache = app.get(SentinelCaches).strict();
  });
  afterAll(async () => {
    await app.close();
    await redis.stop();
  });
  const http = () => request(app.getHttpServer() as never);
  const cookie = (test: request.Test, key: string): request.Test => test.set('Cookie', `sessionid=${key}`);
  async function open(): Promise<string> {
    const response = await http().post('/set/base').send({ value: 0 });
    return /sessionid=([^;]*)/.exec(String(response.headers['set-cookie']))![1]!;
  }

  it(`two writes at the same time, ${RUNS} times: none is lost`, async () => {
    const key = await open();
    let lost = 0;
    for (let i = 0; i < RUNS; i += 1) {
      const slow = gatekeeper.close('set:a');
      const first = cookie(http().post('/set/a'), key)
        .send({ value: i })
        .then((response) => response);
      await slow.arrived;
      await cookie(http().post('/set/b'), key).send({ value: i });
      slow.open();
      await first;
      const stored = await cache.get<{ a: number; b: number }>(KEY + key);
      if (stored?.a !== i || stored.b !== i) lost += 1;
    }
    expect(lost).toBe(0);
  });

  it(`a logout while a slow request runs, ${RUNS} times: no session comes back`, async () => {
    let resurrected = 0;
    for (let i = 0; i < RUNS; i += 1) {
      const key = await open();
      const slow = gatekeeper.close('set:late');
      const late = cookie(http().post('/set/late'), key)
        .send({ value: i })
        .then((response) => response);
      await slow.arrived;
      await cookie(http().post('/flush'), key);
      slow.open();
      expect((await late).status).toBe(400);
      if ((await cache.get(KEY + key)) !== undefined) resurrected += 1;
    }
    expect(resurrected).toBe(0);
  });

  it('50 increments of one field at the same time: all of them count', async () => {
    const key = await open();
    const responses = await Promise.all(Array.from({ length: 50 }, () => cookie(http().post('/increment/count'), key)));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201));
    expect(await cache.get(KEY + key)).toMatchObject({ count: 50 });
  });
});
