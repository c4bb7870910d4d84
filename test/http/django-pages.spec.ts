import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import {
  Controller,
  Get,
  Header,
  Injectable,
  Post,
  Query,
  Res,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, IGNORED_ERRORS, PageCacheInterceptor, SentinelCaches, type IgnoredError } from 'nestjs-sentinel-cache';
import { map, type Observable } from 'rxjs';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type HttpResponse, type AskOptions, type PageApp } from './support/page-app.js';
import { StoredPages } from './support/stored-pages.js';

const HIT = 'sentinel-cache; hit';
const STORED = 'sentinel-cache; fwd=uri-miss; stored';
let runs = 0;

interface Reply {
  header(name: string, value: string): unknown;
}

/** Wraps what it gets, and says so in a header. */
function wrapping(name: string) {
  @Injectable()
  class Wrapping implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const reply = context.switchToHttp().getResponse<Reply>();
      return next.handle().pipe(map((data) => (reply.header(`X-${name}`, 'yes'), { [name]: data })));
    }
  }
  return Wrapping;
}
const One = wrapping('one');
const Two = wrapping('two');

@Controller()
@UseInterceptors(PageCacheInterceptor)
class Pages {
  @Get('page') @CachePage('15m') page() {
    return { run: (runs += 1) };
  }
  @Post('page') post() {
    return { run: (runs += 1) };
  }
  @Get('zero') @CachePage(0) zero() {
    return { run: (runs += 1) };
  }
  @Get('negative') @CachePage(-60) negative() {
    return { run: (runs += 1) };
  }
  @Get('minute') @CachePage('1m') minute() {
    return { run: (runs += 1) };
  }
  @Get('varies') @CachePage('1m') @Header('Vary', 'X-Kind') varies() {
    return { run: (runs += 1) };
  }
  @Get('elsewhere') @CachePage('1m', { cache: 'other', keyPrefix: 'catalogue' }) elsewhere() {
    return { run: (runs += 1) };
  }
}

@Controller('between')
class Between {
  @Get('one-and-two') @UseInterceptors(One) @CachePage('15m') @UseInterceptors(Two) oneAndTwo() {
    return { run: (runs += 1) };
  }
  @Get('two-and-one') @UseInterceptors(Two) @CachePage('15m') @UseInterceptors(One) twoAndOne() {
    return { run: (runs += 1) };
  }
}

@Controller('bare')
@UseInterceptors(PageCacheInterceptor)
class Bare {
  @Get() bare(@Query('says') says: string | undefined, @Res({ passthrough: true }) reply: Reply) {
    if (says) reply.header('Cache-Control', says);
    return { run: (runs += 1) };
  }
}

describe.each(PLATFORMS)('what Django looks up and how long it stores, on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;
  let requests = 0;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const LOCATION = redis.url();
    pages = await startPageApp({
      platform,
      settings: {
        CACHES: { default: { BACKEND: 'redis', LOCATION }, other: { BACKEND: 'redis', LOCATION, KEY_PREFIX: 'other' } },
        CACHE_MIDDLEWARE_ALIAS: 'other',
        CACHE_MIDDLEWARE_SECONDS: 77,
        CACHE_MIDDLEWARE_KEY_PREFIX: 'site',
      },
      controllers: [Pages, Bare, Between],
      options: { pages: { hosts: ['127.0.0.1', 'known.example'] } },
      prepare: (app: INestApplication) =>
        app.use((_: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
          response.setHeader('X-Request-Id', String((requests += 1)));
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
    await redis.command('FLUSHDB');
  });

  const inRedis = new StoredPages(() => redis);
  const cacheStatusOf = async (path: string, how?: AskOptions): Promise<string> => said(await pages.ask(path, how));
  /** Asks, and lists the errors that nobody got meanwhile. */
  const listening = async (ask: () => Promise<HttpResponse>): Promise<{ response: HttpResponse; ignored: string[][] }> => {
    const ignored: string[][] = [];
    const hear = (event: unknown): unknown => ignored.push([(event as IgnoredError).alias, (event as IgnoredError).operation]);
    subscribe(IGNORED_ERRORS, hear);
    try {
      return { response: await ask(), ignored };
    } finally {
      unsubscribe(IGNORED_ERRORS, hear);
    }
  };
  const cacheability = ({ headers }: HttpResponse): unknown[] => [headers['cache-control'], headers.expires];

  it('H-3: a hit runs no handler, stores nothing, and is as old as Redis says, in whole seconds', async () => {
    const miss = await pages.ask('/page');
    await inRedis.untilStored();
    const [key] = await inRedis.keys();
    const before = await redis.command('GET', key!);
    await redis.command('PEXPIRE', key!, String(900_000 - 100_500));
    const hit = await pages.ask('/page');
    expect([said(hit), hit.json.run, hit.headers.date]).toEqual([HIT, 1, miss.headers.date]);
    expect(hit.headers.age).toMatch(/^1\d\d$/);
    expect(await redis.command('GET', key!)).toBe(before);
    expect(await inRedis.lifeOf(key!)).toBeLessThanOrEqual(900_000 - 100_500);
  });

  it.each([
    ['a pickle', () => Buffer.from('80045d942e', 'hex')],
    ['nothing', () => Buffer.alloc(0)],
    ['half a page', (page: Buffer) => page.subarray(0, page.length / 2)],
  ])('H-4: where Redis holds %s the handler answers, the error is counted, and the page is stored anew', async (_, damage) => {
    await pages.ask('/page');
    await inRedis.untilStored();
    const [key] = await inRedis.keys();
    const cache = pages.app.get(SentinelCaches).get();
    await cache.command('SET', key!, damage((await cache.command('GET', key!)) as Buffer), 'PX', 60_000);
    const { response, ignored } = await listening(() => pages.ask('/page'));
    expect([response.status, response.json.run, said(response)]).toEqual([200, 2, STORED]);
    expect(ignored).toEqual([['default', 'page']]);
    await until('it is stored anew', async () => (await cacheStatusOf('/page')) === HIT);
  });

  it('H-4: where Redis refuses the lookup the handler answers, and the error is counted', async () => {
    await pages.ask('/page');
    await inRedis.untilStored();
    const [key] = await inRedis.keys();
    await redis.command('DEL', key!);
    await redis.command('RPUSH', key!, 'a');
    for (let run = 2; run <= 3; run += 1) {
      const { response, ignored } = await listening(() => pages.ask('/page'));
      expect([response.status, response.json.run, said(response)]).toEqual([
        200,
        run,
        'sentinel-cache; fwd=uri-miss; detail=outage',
      ]);
      expect(ignored).toEqual([['default', 'page']]);
    }
  });

  it.each<[string, string, AskOptions]>([
    ['another method', 'method', { method: 'POST' }],
    ['a range', 'range', { headers: { range: 'bytes=0-1' } }],
    ['a body', 'body', { headers: { 'content-length': '2' }, body: '{}' }],
    ['a host that is not cached', 'host', { headers: { host: 'other.example' } }],
    ['no-store', 'no-store', { headers: { 'cache-control': 'no-store' } }],
    ['a cookie', 'cookie', { headers: { cookie: 'a=1' } }],
    ['HEAD', 'head', { method: 'HEAD' }],
  ])('H-5: a request with %s is not looked up, or fills nothing: it stores nothing', async (_, why, how) => {
    for (let i = 0; i < 2; i += 1) {
      const response = await pages.ask('/page', how);
      expect([said(response), response.headers.expires]).toEqual([expect.stringContaining(`detail=${why}`), undefined]);
    }
    expect([runs, await inRedis.keys()]).toEqual([2, []]);
  });

  it.each([
    ['max-age=60', 60, undefined],
    ['public, s-maxage=50, max-age=60', 50, undefined],
    [undefined, 77, 'max-age=77'],
    ['public', 77, 'public, max-age=77'],
  ])('H-10: without a timeout of the route a response with Cache-Control: %s lives %i s', async (says, seconds, told = says) => {
    const miss = await pages.ask(says === undefined ? '/bare' : `/bare?says=${encodeURIComponent(says)}`);
    expect([said(miss), miss.headers['cache-control']]).toEqual([STORED, told]);
    await inRedis.untilStored();
    const life = await inRedis.lifeOf((await inRedis.keys())[0]!);
    expect([life <= seconds * 1000, life > (seconds - 40) * 1000]).toEqual([true, true]);
  });

  it('H-10: without a timeout of the route max-age=0 is not stored, and nothing is added', async () => {
    const response = await pages.ask('/bare?says=max-age%3D0');
    expect([said(response), ...cacheability(response)]).toEqual([
      'sentinel-cache; fwd=uri-miss; detail=lifetime',
      'max-age=0',
      undefined,
    ]);
    expect(await inRedis.keys()).toEqual([]);
  });

  it.each(['zero', 'negative'])('H-12: with a timeout of %s nothing is stored, and nothing is added', async (path) => {
    for (let i = 0; i < 2; i += 1) {
      const response = await pages.ask(`/${path}`);
      expect([said(response), ...cacheability(response)]).toEqual([
        'sentinel-cache; fwd=bypass; detail=timeout',
        undefined,
        undefined,
      ]);
    }
    expect([runs, await inRedis.keys()]).toEqual([2, []]);
  });

  it('H-13: the list of what pages vary on outlives them; there is none where they vary on nothing', async () => {
    await pages.ask('/minute');
    await inRedis.untilStored();
    expect((await inRedis.keys())[0]).toMatch(/:page\./);
    await pages.ask('/varies');
    await inRedis.untilStored(3);
    const lives = Object.fromEntries(
      await Promise.all((await inRedis.keys()).map(async (key) => [key, await inRedis.lifeOf(key)] as const)),
    );
    for (const [key, life] of Object.entries(lives)) {
      if (key.includes(':page.')) expect(life).toBeLessThanOrEqual(60_000);
      else expect(life).toBeGreaterThan(60_000);
    }
  });

  it('H-14: @CachePage takes the cache `default` and no prefix unless it names them, whatever CACHE_MIDDLEWARE_* say', async () => {
    await pages.ask('/minute');
    await inRedis.untilStored();
    expect(await inRedis.keys()).toEqual([expect.stringMatching(/^:1:page\.\.[\w-]{43}$/)]);
    await redis.command('FLUSHDB');
    await pages.ask('/elsewhere');
    await inRedis.untilStored();
    expect(await inRedis.keys()).toEqual([expect.stringMatching(/^other:1:page\.catalogue\.[\w-]{43}$/)]);
    await redis.command('FLUSHDB');
    await pages.ask('/bare');
    await inRedis.untilStored();
    expect(await inRedis.keys()).toEqual([expect.stringMatching(/^other:1:page\.site\.[\w-]{43}$/)]);
  });

  it.each([
    ['one-and-two', { two: { one: { run: 1 } } }],
    ['two-and-one', { one: { two: { run: 1 } } }],
  ])('H-15: between %s the cache stores what leaves in the end, and middlewares run on hits', async (path, body) => {
    const [miss, hit] = [await pages.ask(`/between/${path}`), await pages.ask(`/between/${path}`)];
    expect([said(miss), said(hit), runs]).toEqual([STORED, HIT, 1]);
    expect([miss.json, hit.json]).toEqual([body, body]);
    for (const { headers } of [miss, hit]) expect([headers['x-one'], headers['x-two']]).toEqual(['yes', 'yes']);
    expect(Number(hit.headers['x-request-id'])).toBe(Number(miss.headers['x-request-id']) + 1);
  });
});
