import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

let runs = 0;

@Controller()
class Pages {
  @Get('page') @CachePage('15m') page() {
    return { run: (runs += 1) };
  }
}

describe.each(PLATFORMS)('pages without Redis on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Pages], lookupsEnd: true });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
  });

  it.each(['hang', 'kill'] as const)(
    'while Redis is away (%s) handlers answer, and pages are cached again after it',
    async (how) => {
      await until('the page is cached', async () => said(await pages.ask('/page')) === 'sentinel-cache; hit');
      const before = runs;
      await redis[how]();
      for (let i = 0; i < 30; i += 1) {
        const answer = await pages.ask('/page');
        expect(answer.status).toBe(200);
        expect(answer.json.run).toBeGreaterThan(0);
      }
      // What a handler has just made is handed to others until the store has given up.
      await until('handlers run', async () => said(await pages.ask('/page')).includes('uri-miss') && runs > before);
      await (how === 'hang' ? redis.resume() : redis.restart());
      await until('the page is cached again', async () => said(await pages.ask('/page')) === 'sentinel-cache; hit');
    },
  );
});
