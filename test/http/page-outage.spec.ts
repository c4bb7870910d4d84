import { Controller, Get, Post, UseInterceptors } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, PageCacheInterceptor, Pages as PagesService } from 'nestjs-sentinel-cache';
import { timed, until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

/** Much more than the 50 ms that a request waits for Redis, and much less than the deadline of these caches. */
const SOON_MS = 20_000;
/** A little less than that wait: timers may be a trifle early. */
const WAITS_MS = 45;
const HIT = 'sentinel-cache; hit';
let runs = 0;

@Controller()
@UseInterceptors(PageCacheInterceptor)
class Pages {
  @Get('page') @CachePage('15m') page() {
    return { run: (runs += 1) };
  }
  @Post('page') change() {
    return 'changed';
  }
}

describe.each(PLATFORMS)('pages without Redis on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;
  /** Whose calls may take a minute, and whose circuit breaker stays closed meanwhile. */
  let patient: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const cache = { BACKEND: 'redis', LOCATION: redis.url() };
    const start = (OPTIONS: Record<string, string | boolean>): Promise<PageApp> =>
      startPageApp({
        platform,
        settings: { CACHES: { default: { ...cache, OPTIONS } } },
        controllers: [Pages],
        lookupsEnd: true,
      });
    pages = await start({});
    patient = await start({ deadline: '60s', circuitBreaker: false });
  });
  afterAll(async () => {
    await pages?.app.close();
    await patient?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    for (const each of [pages, patient]) await until('the page is cached', async () => said(await each.ask('/page')) === HIT);
  });

  it.each(['hang', 'kill'] as const)(
    'H-4: while Redis is away (%s) handlers answer, and pages are cached again after it',
    async (how) => {
      const before = runs;
      await redis[how]();
      for (let i = 0; i < 30; i += 1) {
        const response = await pages.ask('/page');
        expect(response.status).toBe(200);
        expect(response.json.run).toBeGreaterThan(0);
      }
      await until('handlers run', async () => said(await pages.ask('/page')).includes('uri-miss') && runs > before);
      await (how === 'hang' ? redis.resume() : redis.restart());
      await until('the page is cached again', async () => said(await pages.ask('/page')) === HIT);
    },
  );

  it('a lookup, an unsafe request and Pages.evict wait for a silent Redis no longer than 50 ms, whatever its deadline', async () => {
    await redis.hang();
    try {
      const before = runs;
      const { value: page } = await timed(patient.ask('/page'), SOON_MS);
      expect([page.status, page.json.run]).toEqual([200, before + 1]);
      const { value: noCache } = await timed(patient.ask('/page', { headers: { 'cache-control': 'no-cache' } }), SOON_MS);
      expect(noCache.status).toBe(200);
      const { value: changed } = await timed(patient.ask('/page', { method: 'POST' }), SOON_MS);
      expect(changed.status).toBe(201);
      await timed(patient.app.get(PagesService).evict({ tags: 'catalogue' }), SOON_MS);
    } finally {
      await redis.resume();
    }
  });

  it('what can not be stored says so, and tells browsers nothing of a lifetime', async () => {
    await redis.hang();
    try {
      const responses = await Promise.all(Array.from({ length: 20 }, () => pages.ask('/page')));
      for (const { headers } of responses) expect([headers['cache-control'], headers.expires]).toEqual([undefined, undefined]);
      const made = responses.filter((response) => !said(response).includes('collapsed'));
      expect(made.length).toBeGreaterThan(0);
      for (const response of made) expect(said(response)).toBe('sentinel-cache; fwd=uri-miss; detail=outage');
    } finally {
      await redis.resume();
    }
  });

  it('while the circuit breaker is open a request waits for nothing', async () => {
    await redis.hang();
    try {
      await until('the breaker is open', async () => {
        const startedAt = performance.now();
        await pages.ask('/page');
        return performance.now() - startedAt < WAITS_MS;
      });
      // None that is sent to a server that hangs is through in less; one that is not sent may be, on a busy machine.
      const quick: number[] = [];
      for (let i = 0; i < 100; i += 1) {
        const startedAt = performance.now();
        await pages.ask('/page');
        if (performance.now() - startedAt < WAITS_MS) quick.push(i);
      }
      expect(quick.length).toBeGreaterThan(10);
    } finally {
      await redis.resume();
    }
  });
});
