import { Controller, Get, Header, Headers, HttpException, NotFoundException, UseGuards, UseInterceptors } from '@nestjs/common';
import { Injectable, Res, type CallHandler, type CanActivate, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { map, type Observable } from 'rxjs';
import { CachePage, SentinelCaches, VaryOnCookie } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type HttpResponse, type AskOptions, type PageApp } from './support/page-app.js';

let runs = 0;
let guarded: string[] = [];
/** What the handlers do: an error to throw, a status to answer, or nothing special. */
let does: Error | number | undefined;
let gate: Promise<void> = Promise.resolve();

@Injectable()
class Counting implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; url: string }>();
    guarded.push(`${request.url} ${request.headers['authorization'] ?? ''}`);
    return true;
  }
}

/** Stands outside the cache. */
@Injectable()
class Wrapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => ({ data })));
  }
}

/** The headers of each request that came, the repetition's too. */
const sent: Record<string, string>[] = [];
/** Whether the handler sets a cookie. */
let cookies = false;

interface CookieReply {
  header(name: string, value: string): unknown;
}

interface Reply {
  status(code: number): unknown;
}

async function made(reply?: Reply): Promise<{ run: number }> {
  runs += 1;
  const run = runs;
  await gate;
  if (does instanceof Error) throw does;
  if (typeof does === 'number') reply!.status(does);
  return { run };
}

@UseGuards(Counting)
@Controller()
class Stale {
  @Get('while') @CachePage('15m', { staleWhileRevalidate: '60s', shared: true }) while() {
    return made();
  }
  @Get('wrapped') @CachePage('15m', { staleWhileRevalidate: 60 }) @UseInterceptors(Wrapping) wrapped() {
    return made();
  }
  @Get('error') @CachePage('15m', { staleIfError: '60s' }) error(@Res({ passthrough: true }) reply: Reply) {
    return made(reply);
  }
  @Get('own')
  @CachePage('15m')
  @Header('Cache-Control', 'max-age=5, stale-while-revalidate=30, stale-if-error=40')
  own() {
    return made();
  }
  @Get('must-revalidate')
  @CachePage('15m', { staleWhileRevalidate: '60s', staleIfError: '60s' })
  @Header('Cache-Control', 'must-revalidate')
  forbids() {
    return made();
  }
}

@Controller()
class Open {
  @Get('open') @CachePage('15m', { staleWhileRevalidate: '60s', shared: true }) open(
    @Res({ passthrough: true }) reply: CookieReply,
  ) {
    if (cookies) reply.header('Set-Cookie', 'sid=2');
    return made();
  }
  @Get('open-takes') @CachePage('15m', { staleWhileRevalidate: '60s', shared: true }) takes(
    @Headers('Authorization') _sent: string,
  ) {
    return made();
  }
  @Get('open-varies') @CachePage('15m', { staleWhileRevalidate: '60s', shared: true }) @VaryOnCookie() varies() {
    return made();
  }
  @Get('open-learned')
  @CachePage('15m', { staleWhileRevalidate: '60s', shared: true })
  @Header('Vary', 'Cookie')
  learned() {
    return made();
  }
}

describe.each(PLATFORMS)('stale pages on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({
      platform,
      settings,
      controllers: [Stale, Open],
      options: { pages: { personalHeaders: ['X-Tenant'] } },
      prepare: (app) =>
        app.use((request: { headers: Record<string, string> }, _: unknown, next: () => void) => {
          sent.push({ ...request.headers });
          next();
        }),
    });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    guarded = [];
    does = undefined;
    gate = Promise.resolve();
    await pages.app.get(SentinelCaches).get().clear();
  });

  const lives = async (): Promise<number[]> => {
    const cache = pages.app.get(SentinelCaches).get();
    const all: number[] = [];
    for await (const keys of cache.iterStoredKeys('*page.*'))
      for (const key of keys) all.push(Number(await cache.command('PTTL', key)));
    return all;
  };

  /** Stores the page, and lets it become as stale as `leftMs` of its entry say. */
  async function stale(path: string, leftMs = 30_000, headers: Record<string, string> = {}): Promise<HttpResponse> {
    const first = await pages.ask(path, { headers });
    await until('it is stored', async () => (await lives()).length > 0);
    const cache = pages.app.get(SentinelCaches).get();
    for await (const keys of cache.iterStoredKeys('*page.*')) for (const key of keys) await cache.command('PEXPIRE', key, leftMs);
    return first;
  }

  it('a stale page is sent at once while one request of its own makes it anew', async () => {
    await stale('/while');
    let open!: () => void;
    gate = new Promise((resolve) => (open = resolve));
    const headers = { authorization: 'Bearer me' };
    const responses = await Promise.all(Array.from({ length: 20 }, () => pages.ask('/while', { headers })));
    for (const response of responses) {
      expect(response.json).toEqual({ run: 1 });
      expect(said(response)).toMatch(/^sentinel-cache; hit/);
      expect(response.headers['cache-status']).toMatch(/ttl=-\d+/);
      expect(response.headers['cache-control']).toContain('stale-while-revalidate=60');
      expect(Number(response.headers.age)).toBeGreaterThan(900);
    }
    await until('it is being made anew', () => runs === 2);
    open();
    await until('it is new', async () => (await pages.ask('/while', { headers })).json.run === 2);
    expect(runs).toBe(2);
    // The guard ran for the request that made it anew, with the headers of one that asked.
    expect(guarded.filter((one) => one === '/while Bearer me').length).toBeGreaterThan(21);
  });

  it.each([
    ['/open', []],
    ['/open-takes', ['authorization']],
    ['/open-varies', ['cookie']],
    ['/open-learned', ['cookie']],
  ])('%s, for everybody, is made anew with no more of what one visitor is known by than a key covers: %j', async (path, kept) => {
    const headers = { cookie: 'sid=1', authorization: 'Bearer me', 'x-tenant': 't', 'x-other': 'o' };
    await stale(path, 30_000, headers);
    sent.length = 0;
    expect((await pages.ask(path, { headers })).json).toEqual({ run: 1 });
    await until('it is made anew', () => sent.length === 2);
    const own = Object.keys(sent[1]!).filter((name) => ['cookie', 'authorization', 'x-tenant'].includes(name));
    expect([own.sort(), sent[1]!['x-other']]).toEqual([kept, 'o']);
    await until('it is stored', async () => (await lives()).every((leftMs) => leftMs > 30_000));
    expect((await pages.ask(path, { headers })).json).toEqual({ run: 2 });
  });

  it('a cookie that is set on the request that makes a page anew goes to nobody, and its page neither', async () => {
    await stale('/open');
    cookies = true;
    const responses: HttpResponse[] = [];
    // It is tried again because the first time made no page.
    await until('it was tried twice, or made a page', async () => {
      responses.push(await pages.ask('/open'));
      return runs === 3 || responses.at(-1)!.json.run !== 1;
    });
    cookies = false;
    for (const response of responses) expect([response.json, response.headers['set-cookie']]).toEqual([{ run: 1 }, undefined]);
  });

  it('the page that is made anew passes every interceptor', async () => {
    await stale('/wrapped');
    expect((await pages.ask('/wrapped')).json).toEqual({ data: { run: 1 } });
    await until('it is new', async () => (await pages.ask('/wrapped')).json.data.run === 2);
  });

  it('an error of the request that makes it anew reaches nobody', async () => {
    await stale('/while');
    does = new Error('down');
    expect((await pages.ask('/while')).json).toEqual({ run: 1 });
    await until('it was tried', () => runs === 2);
    expect((await pages.ask('/while')).json).toEqual({ run: 1 });
  });

  it.each<[string, AskOptions]>([
    ['max-age', { headers: { 'cache-control': 'max-age=100000' } }],
    ['no-cache', { headers: { 'cache-control': 'no-cache' } }],
    ['min-fresh', { headers: { 'cache-control': 'min-fresh=0' } }],
  ])('a request that says %s gets no stale page', async (_, how) => {
    await stale('/while');
    expect((await pages.ask('/while', how)).json).toEqual({ run: 2 });
  });

  it.each([
    ['an error that is no HttpException', new Error('down')],
    ['503', new HttpException('away', 503)],
    ['a response of 502', 502],
    ['a response of 500', 500],
    ['a response of 504', 504],
  ])('stale-if-error: instead of %s a stale page is sent', async (_, failure) => {
    const first = await stale('/error');
    expect(first.headers['cache-control']).toContain('stale-if-error=60');
    does = failure;
    const response = await pages.ask('/error');
    expect([response.status, response.json, said(response)]).toEqual([
      200,
      { run: 1 },
      'sentinel-cache; fwd=stale; detail=stale-if-error',
    ]);
    expect(response.headers['content-length']).toBe(String(response.body.length));
    expect(response.headers.etag).toBe(first.headers.etag);
    const seen = await pages.ask('/error', { headers: { 'if-none-match': String(first.headers.etag) } });
    expect([seen.status, seen.text]).toEqual([304, '']);
  });

  it('stale-if-error: all who wait for a page that fails get the stale one, for one run', async () => {
    await stale('/error');
    let open!: () => void;
    gate = new Promise((resolve) => (open = resolve));
    does = new Error('down');
    const all = Array.from({ length: 20 }, () => pages.ask('/error'));
    await until('the first runs', () => runs === 2);
    await until('all are there', () => guarded.length === 21);
    open();
    for (const { status, json } of await Promise.all(all)) expect([status, json]).toEqual([200, { run: 1 }]);
    expect(runs).toBe(2);
  });

  it('an error that is a response, such as 404, is sent as it is, and so is one past the time', async () => {
    await stale('/error');
    does = new NotFoundException();
    expect((await pages.ask('/error')).status).toBe(404);
    await pages.app.get(SentinelCaches).get().clear();
    does = undefined;
    await stale('/while');
    does = new Error('down');
    // It may be sent while it is made anew, and not instead of an error.
    expect((await pages.ask('/while', { headers: { 'cache-control': 'no-cache' } })).status).toBe(500);
  });

  it('a response that says itself how stale it may be is kept as long, and must-revalidate forbids both', async () => {
    await pages.ask('/own');
    await until('it is stored', async () => (await lives()).length > 0);
    expect((await lives())[0]).toBeGreaterThan(930_000);
    expect((await lives())[0]).toBeLessThanOrEqual(940_000);
    await pages.app.get(SentinelCaches).get().clear();
    const forbidden = await pages.ask('/must-revalidate');
    expect(forbidden.headers['cache-control']).not.toContain('stale');
    await until('it is stored', async () => (await lives()).length > 0);
    expect((await lives())[0]).toBeLessThanOrEqual(900_000);
  });
});
