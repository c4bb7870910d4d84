import { request, type ServerResponse } from 'node:http';

import { Controller, Get, Header, HttpException, Req, Res, type INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, SentinelCaches, VaryOn } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type HttpResponse, type PageApp } from './support/page-app.js';

let runs = 0;
/** Requests that have reached the application. */
let arrived = 0;
/** Requests whose client went away. */
let left = 0;
/** Handlers wait here until the test opens it. */
let gate: { open: () => void; opened: Promise<void> };
const closeGate = (): void => {
  let open!: () => void;
  gate = { opened: new Promise((resolve) => (open = resolve)), open: () => open() };
};

const prepare = (app: INestApplication): unknown =>
  app.use((_request: unknown, response: ServerResponse, next: () => void) => {
    arrived += 1;
    response.on('close', () => (left += response.writableEnded ? 0 : 1));
    next();
  });

@Controller()
class Slow {
  @Get('page') @CachePage('15m') async page() {
    runs += 1;
    await gate.opened;
    return { run: runs };
  }
  @Get('fails') @CachePage('15m') async fails() {
    runs += 1;
    await gate.opened;
    throw new HttpException(`failed ${runs}`, 418);
  }
  @Get('cookies') @CachePage('15m') async cookies(
    @Res({ passthrough: true }) response: { header(name: string, value: string): unknown },
  ) {
    runs += 1;
    const mine = runs;
    await gate.opened;
    response.header('Set-Cookie', `n=${mine}`);
    return 'cookie';
  }
  @Get('learned') @CachePage('15m') @Header('Vary', 'X-Kind') async learned(@Req() asked: { headers: Record<string, string> }) {
    runs += 1;
    await gate.opened;
    return { kind: asked.headers['x-kind'] };
  }
  @Get('language') @CachePage('15m') @VaryOn('Accept-Language') async language() {
    runs += 1;
    const mine = runs;
    await gate.opened;
    return { run: mine };
  }
}

describe.each(PLATFORMS)('flights of pages on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Slow], prepare });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    arrived = 0;
    left = 0;
    closeGate();
    await pages.app.get(SentinelCaches).get().clear();
  });

  /** Sends requests at once; opens the gate when all have arrived. */
  async function together(
    path: string,
    count: number,
    headers: (i: number) => Record<string, string> = () => ({}),
  ): Promise<HttpResponse[]> {
    const all = Array.from({ length: count }, (_, i) => pages.ask(path, { headers: headers(i) }));
    await until('all are there', () => arrived === count && runs > 0);
    await new Promise((resolve) => setImmediate(resolve));
    gate.open();
    return Promise.all(all);
  }

  it('pain 23: 100 requests for a cold page are one run', async () => {
    const responses = await together('/page', 100);
    expect(runs).toBe(1);
    for (const { status, json } of responses) expect([status, json]).toEqual([200, { run: 1 }]);
    expect(responses.filter((response) => said(response).includes('stored'))).toHaveLength(1);
  });

  it('what the handler throws goes to all who waited', async () => {
    const responses = await together('/fails', 50);
    expect(runs).toBe(1);
    for (const { status, json } of responses) expect([status, json.message]).toEqual([418, 'failed 1']);
  });

  it('a response that may not be stored frees all who waited: each gets a cookie of its own', async () => {
    const responses = await together('/cookies', 50);
    expect(runs).toBe(50);
    expect(new Set(responses.map(({ headers }) => String(headers['set-cookie']))).size).toBe(50);
    // For a while nobody waits on this page.
    closeGate();
    runs = 0;
    const next = [pages.ask('/cookies'), pages.ask('/cookies')];
    await until('both run', () => runs === 2);
    gate.open();
    await Promise.all(next);
  });

  it('a waiter gets only what a lookup would have given it', async () => {
    const responses = await together('/language', 20, (i) => ({ 'accept-language': i % 2 === 0 ? 'de' : 'en' }));
    expect(new Set(responses.map(({ json }) => json.run)).size).toBe(2);
    const even = new Set(responses.filter((_, i) => i % 2 === 0).map(({ json }) => json.run));
    expect(even.size).toBe(1);
  });

  it('a waiter that differs in what the response turns out to vary on gets a response of its own', async () => {
    const kind = (i: number): string => (i % 2 === 0 ? 'a' : 'b');
    const responses = await together('/learned', 20, (i) => ({ 'x-kind': kind(i) }));
    expect(responses.map(({ json }) => json.kind)).toEqual(responses.map((_, i) => kind(i)));
    expect(runs).toBe(2);
    expect((await pages.ask('/learned', { headers: { 'x-kind': 'c' } })).json.kind).toBe('c');
    for (const each of ['a', 'b']) expect((await pages.ask('/learned', { headers: { 'x-kind': each } })).json.kind).toBe(each);
    expect(runs).toBe(3);
  });

  it('a personal request never joins', async () => {
    const responses = await together('/page', 10, (i) =>
      i % 2 === 0 ? { authorization: `u${i}` } : ({} as Record<string, string>),
    );
    expect(runs).toBe(6);
    expect(responses.filter((response) => said(response).includes('authorization'))).toHaveLength(5);
  });

  it('a leader whose client left goes on: those who wait get its page', async () => {
    const { hostname, port } = new URL(await pages.app.getUrl());
    const leaving = request({ hostname, port, path: '/page' });
    leaving.on('error', () => undefined).end();
    await until('the first is there', () => runs === 1);
    const waiting = [pages.ask('/page'), pages.ask('/page')];
    await until('the others wait', () => arrived === 3);
    leaving.destroy();
    await until('it has left', () => left === 1);
    gate.open();
    for (const { status, json } of await Promise.all(waiting)) expect([status, json]).toEqual([200, { run: 1 }]);
    expect(runs).toBe(1);
  });

  it('pain 23: 1000 requests at once for a cold page are one run', async () => {
    const responses = await together('/page', 1000);
    expect([runs, new Set(responses.map(({ text }) => text)).size]).toEqual([1, 1]);
  });
});
