import {
  Controller,
  Get,
  Injectable,
  Req,
  Res,
  Session,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import compression from 'compression';
import session from 'express-session';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
import { map, type Observable } from 'rxjs';
import { CachePage, SentinelCaches, type CacheSession } from 'nestjs-sentinel-cache';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { PLATFORMS, said, startPageApp, type PageApp, type PageAppOptions, type Platform } from './support/page-app.js';

let runs = 0;
const seen: unknown[] = [];

/** Wraps what the handler, or the cache, gives. */
@Injectable()
class Wrapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data) => ({ data })));
  }
}

/** Looks into what it gets. */
@Injectable()
class Looking implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((data) => {
        seen.push(JSON.parse(JSON.stringify(data)));
        return data;
      }),
    );
  }
}

/** Fails once the page is there. */
@Injectable()
class Failing implements NestInterceptor {
  static fails = false;
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((data) => {
        if (Failing.fails) throw new Error('outer');
        return data;
      }),
    );
  }
}

@Controller()
class Company {
  @Get('wrapped') @CachePage('15m') @UseInterceptors(Wrapping) wrapped() {
    return { run: (runs += 1) };
  }
  @Get('looked') @CachePage('15m') @UseInterceptors(Looking) looked() {
    return { run: (runs += 1), list: [{ a: 1 }] };
  }
  @Get('list') @CachePage('15m') @UseInterceptors(Looking) list() {
    runs += 1;
    return [1, { b: 2 }];
  }
  @Get('failing') @CachePage('15m') @UseInterceptors(Failing) failing() {
    return { run: (runs += 1) };
  }
  @Get('big') @CachePage('15m') big() {
    runs += 1;
    return { text: 'x'.repeat(5000) };
  }
  @Get('untouched') @CachePage('15m') untouched() {
    return { run: (runs += 1) };
  }
  @Get('reads') @CachePage('15m') async reads(@Res({ passthrough: true }) response: { req?: unknown; request?: unknown }) {
    const { session: own } = (response.request ?? response.req) as { session: CacheSession };
    return { name: (await own.get('name')) ?? null, run: (runs += 1) };
  }
  @Get('begins') @CachePage('15m', { shared: true }) async begins(@Session() own: CacheSession) {
    await own.set('n', (runs += 1));
    return { run: runs };
  }
  @Get('raw') @CachePage('15m', { shared: true }) raw(@Req() asked: { raw: { session: { n?: number } } }) {
    asked.raw.session.n = runs += 1;
    return { run: runs };
  }
  @Get('foreign') @CachePage('15m', { shared: true }) foreign(@Session() own: { n?: number }) {
    own.n = runs += 1;
    return { run: runs };
  }
}

const settings = { CACHES: { default: { BACKEND: 'locmem' } } };

/** Has the platform answer on a server of the test's own. */
function early(platform: Platform, serverOf: (handle: RequestListener) => Server): Partial<PageAppOptions> {
  if (platform === 'Fastify')
    return { adapter: new FastifyAdapter({ serverFactory: (handle: RequestListener) => serverOf(handle) }) };
  return {
    prepare: (app) => {
      const server = app.getHttpServer() as Server;
      const [handle] = server.listeners('request') as RequestListener[];
      server.removeAllListeners('request');
      const [wrapped] = serverOf(handle!).listeners('request') as RequestListener[];
      server.on('request', wrapped!);
    },
  };
}

describe.each(PLATFORMS)('pages in company on %s', (platform) => {
  let pages: PageApp;
  const prepare = (app: INestApplication): unknown => app.use(compression({ threshold: 1000 }));

  beforeAll(async () => {
    const ours = { ...settings, SESSION_ENGINE: 'cache' };
    pages = await startPageApp({
      platform,
      settings: ours,
      controllers: [Company],
      ...(platform === 'Express' ? { prepare } : {}),
    });
  });
  afterAll(async () => pages?.app.close());
  beforeEach(async () => {
    runs = 0;
    seen.length = 0;
    await pages.app.get(SentinelCaches).get().clear();
  });

  it('pain 17: what an outer interceptor wraps goes out once, as it did from the handler', async () => {
    const miss = await pages.ask('/wrapped');
    expect(miss.json).toEqual({ data: { run: 1 } });
    expect((await pages.ask('/wrapped')).text).toBe(miss.text);
  });

  it.each(['looked', 'list'])('an outer interceptor that looks into /%s sees the value of the body', async (path) => {
    await pages.ask(`/${path}`);
    const hit = await pages.ask(`/${path}`);
    expect(said(hit)).toBe('sentinel-cache; hit');
    expect(seen).toEqual([hit.json, hit.json]);
  });

  it('an error of an outer interceptor goes out as an error, from the cache too', async () => {
    await pages.ask('/failing');
    Failing.fails = true;
    const failed = await pages.ask('/failing');
    Failing.fails = false;
    expect(failed.status).toBe(500);
    expect((await pages.ask('/failing')).json).toEqual({ run: 1 });
  });

  it('pain 16: a session that the page does not touch is nothing to it; one that it reads makes it personal', async () => {
    expect(said(await pages.ask('/untouched'))).toContain('stored');
    const read = await pages.ask('/reads');
    expect(said(read)).toContain('detail=session');
    expect(said(await pages.ask('/reads'))).not.toContain('hit');
  });

  it('pain 16: a session that begins with the page is not handed to anybody else', async () => {
    const responses = [await pages.ask('/begins'), await pages.ask('/begins'), await pages.ask('/begins')];
    expect(new Set(responses.map(({ headers }) => String(headers['set-cookie']))).size).toBe(3);
    for (const response of responses) {
      expect(said(response)).toContain('detail=set-cookie');
      expect(response.headers['cache-control']).toBeUndefined();
      expect(response.headers.expires).toBeUndefined();
    }
  });

  it('a `writeHead` that was wrapped before the platform has its say on every route, and pages are judged with it', async () => {
    const wrapped = (handle: RequestListener): Server =>
      createServer((request, response) => {
        const { writeHead } = response;
        response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
          this.setHeader('x-wrapped', 'yes');
          if (request.url === '/big') this.setHeader('set-cookie', `late=${runs}`);
          return (writeHead as (...args: unknown[]) => ServerResponse).apply(this, args);
        } as typeof writeHead;
        handle(request, response);
      });
    const below = await startPageApp({ platform, settings, controllers: [Company], ...early(platform, wrapped) });
    try {
      const [plain, miss, hit] = [await below.ask('/none'), await below.ask('/untouched'), await below.ask('/untouched')];
      for (const response of [plain, miss, hit]) expect(response.headers['x-wrapped']).toBe('yes');
      expect([said(miss), said(hit), miss.text, hit.text]).toEqual([
        'sentinel-cache; fwd=uri-miss; stored',
        'sentinel-cache; hit',
        '{"run":1}',
        '{"run":1}',
      ]);
      const cookies = [await below.ask('/big'), await below.ask('/big')].map(({ headers }) => String(headers['set-cookie']));
      expect(new Set(cookies).size).toBe(2);
    } finally {
      await below.app.close();
    }
  });

  if (platform === 'Fastify') {
    it('a cookie that a raw middleware sets at the last moment is not stored, and nothing says that it may be', async () => {
      const store = (app: INestApplication): unknown =>
        app.use(session({ secret: 's', resave: false, saveUninitialized: false }));
      const foreign = await startPageApp({ platform, settings, controllers: [Company], prepare: store });
      try {
        const responses = [await foreign.ask('/raw'), await foreign.ask('/raw')];
        expect(new Set(responses.map(({ headers }) => String(headers['set-cookie']))).size).toBe(2);
        for (const response of responses)
          expect([said(response), response.headers['cache-control']]).toEqual([
            'sentinel-cache; fwd=uri-miss; detail=set-cookie',
            undefined,
          ]);
      } finally {
        await foreign.app.close();
      }
    });

    it('a user on the raw request makes it personal, though a plugin has put null on that of Fastify', async () => {
      const instance = fastify();
      instance.decorateRequest('user', null);
      const known = await startPageApp({
        platform,
        settings,
        controllers: [Company],
        adapter: new FastifyAdapter(instance),
        prepare: (app) =>
          app.use((raw: { user?: object }, _: unknown, next: () => void) => ((raw.user = { name: 'ann' }), next())),
      });
      expect(said(await known.ask('/untouched'))).toBe('sentinel-cache; fwd=bypass; detail=user');
      await known.app.close();
    });

    it('an onSend hook that was there before ours changes a hit as it changed the miss, once', async () => {
      const instance = fastify();
      instance.addHook('onSend', (_request, _reply, payload, done) => done(null, `<${String(payload)}>`));
      const own = await startPageApp({ platform, settings, controllers: [Company], adapter: new FastifyAdapter(instance) });
      try {
        const miss = await own.ask('/untouched');
        const hit = await own.ask('/untouched');
        expect([miss.text, hit.text, said(hit)]).toEqual(['<{"run":1}>', '<{"run":1}>', 'sentinel-cache; hit']);
      } finally {
        await own.app.close();
      }
    });
  }

  if (platform === 'Express') {
    it('a body that is compressed on its way is stored as it was, and its tag is weak', async () => {
      const headers = { 'accept-encoding': 'gzip' };
      const miss = await pages.ask('/big', { headers });
      const hit = await pages.ask('/big', { headers });
      expect([said(hit), hit.headers['content-encoding'], miss.headers['content-encoding']]).toEqual([
        'sentinel-cache; hit',
        'gzip',
        'gzip',
      ]);
      const plain = await pages.ask('/big');
      expect([said(plain), plain.text]).toEqual(['sentinel-cache; hit', gunzipSync(hit.body).toString()]);
      expect([hit.headers.etag, miss.headers.etag]).toEqual([`W/${plain.headers.etag}`, `W/${plain.headers.etag}`]);
      expect(runs).toBe(1);
    });

    it('a cookie that express-session sets at the last moment is not stored, and nothing says that it may be', async () => {
      const store = (app: INestApplication): unknown =>
        app.use(session({ secret: 's', resave: false, saveUninitialized: false }));
      const foreign = await startPageApp({ platform, settings, controllers: [Company], prepare: store });
      try {
        const responses = [await foreign.ask('/foreign'), await foreign.ask('/foreign')];
        expect(new Set(responses.map(({ headers }) => String(headers['set-cookie']))).size).toBe(2);
        for (const response of responses)
          expect([said(response), response.headers['cache-control']]).toEqual([
            'sentinel-cache; fwd=uri-miss; detail=set-cookie',
            undefined,
          ]);
      } finally {
        await foreign.app.close();
      }
    });
  }
});
