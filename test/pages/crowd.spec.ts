import { Controller, Get, HttpException, Res, type INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, SentinelCaches } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, startPageApp, type HttpResponse, type PageApp } from '../http/support/page-app.js';

const CROWD = 1000;
let runs = 0;
let arrived = 0;
let gate: { opened: Promise<void>; open: () => void };

@Controller()
class Slow {
  @Get('page') @CachePage('15m') async page() {
    const run = (runs += 1);
    await gate.opened;
    return { run };
  }
  @Get('throws') @CachePage('15m') async throws() {
    runs += 1;
    await gate.opened;
    throw new HttpException('no', 418);
  }
  @Get('cookies') @CachePage('15m') async cookies(
    @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown },
  ) {
    const run = (runs += 1);
    await gate.opened;
    reply.header('Set-Cookie', `n=${run}`);
    return 'cookie';
  }
}

describe.each(PLATFORMS)(`${CROWD} requests at once on %s`, (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    const prepare = (app: INestApplication): unknown =>
      app.use((_: unknown, __: unknown, next: () => void) => {
        arrived += 1;
        next();
      });
    pages = await startPageApp({ platform, settings, controllers: [Slow], prepare });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    arrived = 0;
    let open!: () => void;
    gate = { opened: new Promise((resolve) => (open = resolve)), open: () => open() };
    await pages.app.get(SentinelCaches).get().clear();
  });

  async function crowd(path: string): Promise<HttpResponse[]> {
    const all = Array.from({ length: CROWD }, () => pages.ask(path));
    await until('all are there', () => arrived === CROWD && runs > 0);
    gate.open();
    return Promise.all(all);
  }

  it('a cold page is one run', async () => {
    const responses = await crowd('/page');
    expect([runs, new Set(responses.map(({ text }) => text)).size]).toEqual([1, 1]);
  });

  it('a page that throws is one run, and everybody gets the error', async () => {
    const responses = await crowd('/throws');
    expect([runs, new Set(responses.map(({ status }) => status))]).toEqual([1, new Set([418])]);
  });

  it('a page that sets cookies is 1000 runs, each with a cookie of its own', async () => {
    const responses = await crowd('/cookies');
    expect([runs, new Set(responses.map(({ headers }) => String(headers['set-cookie']))).size]).toEqual([CROWD, CROWD]);
  });
});
