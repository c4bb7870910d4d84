import { Controller, Get, Header, HttpCode, Injectable, NotFoundException, Res, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import { CachePage } from 'nestjs-sentinel-cache';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

let runs = 0;
/** What an interceptor outside the cache does to the response. */
let outside: () => void = () => undefined;

@Injectable()
class Outside implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => (outside(), data)));
  }
}

interface Reply {
  status(code: number): unknown;
}

function page(status: number): string {
  runs += 1;
  return `<h1>${status}, run ${runs}</h1>`;
}

@Controller()
class Errors {
  @Get('404')
  @HttpCode(404)
  @CachePage()
  @UseInterceptors(Outside)
  @Header('Cache-Control', 'max-age=120')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('X-Made', 'here')
  missing() {
    return page(404);
  }
  @Get('410')
  @HttpCode(410)
  @CachePage()
  @Header('Cache-Control', 'max-age=120')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('X-Made', 'here')
  gone() {
    return page(410);
  }
  @Get('by-handler')
  @CachePage()
  @Header('Cache-Control', 'max-age=120')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('X-Made', 'here')
  handler(@Res({ passthrough: true }) reply: Reply) {
    reply.status(404);
    return page(404);
  }
  @Get('json') @HttpCode(404) @CachePage() @Header('Cache-Control', 'max-age=120') json() {
    return { run: (runs += 1) };
  }
}

describe.each(PLATFORMS)('pages of errors on %s', (platform) => {
  let pages: PageApp;

  beforeAll(async () => {
    const settings = { CACHES: { default: { BACKEND: 'locmem' } } };
    pages = await startPageApp({ platform, settings, controllers: [Errors] });
  });
  afterAll(async () => pages?.app.close());

  it.each(['404', '410', 'by-handler', 'json'])('H-6: a hit of /%s is what the handler answered', async (path) => {
    const miss = await pages.ask(`/${path}`);
    const hit = await pages.ask(`/${path}`);
    expect([said(miss), said(hit)]).toEqual(['sentinel-cache; fwd=uri-miss; stored', 'sentinel-cache; hit']);
    expect([hit.status, hit.text]).toEqual([miss.status, miss.text]);
    expect(miss.status).toBeGreaterThan(400);
    for (const name of ['content-type', 'content-length', 'cache-control', 'x-made', 'etag', 'date'])
      expect([name, hit.headers[name]]).toEqual([name, miss.headers[name]]);
    expect(hit.headers.age).toMatch(/^\d+$/);
  });

  it('what an outer interceptor throws is sent in place of a hit, though it has the status of the page', async () => {
    const stored = await pages.ask('/404');
    for (const status of [404, 500]) {
      outside = () => {
        throw status === 404 ? new NotFoundException('outside') : new Error('outside');
      };
      const failed = await pages.ask('/404');
      expect(failed.status).toBe(status);
      expect(failed.json.statusCode).toBe(status);
      outside = () => undefined;
      const { status: again, text } = await pages.ask('/404');
      expect([again, text]).toEqual([404, stored.text]);
    }
  });
});
