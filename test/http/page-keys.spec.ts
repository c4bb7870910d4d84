import { CacheKey, CacheTTL } from '@nestjs/cache-manager';
import {
  Controller,
  Get,
  Headers,
  HostParam,
  Injectable,
  Ip,
  Next,
  Param,
  Query,
  Req,
  Res,
  Sse,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
  VersioningType,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CachePage, ImproperlyConfiguredError, PageCacheInterceptor, SentinelCaches, VaryOnCookie } from 'nestjs-sentinel-cache';
import { EMPTY } from 'rxjs';
import type { ServerResponse } from 'node:http';
import { LogLines } from '../nest/support/log-lines.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

interface Asked {
  readonly headers: Record<string, string | undefined>;
}

interface Response {
  header(name: string, value: string): unknown;
}

let runs = 0;

@Controller()
class Keys {
  @Get('names/:id') @CacheKey('item') @UseInterceptors(PageCacheInterceptor) names(@Param('id') id: string) {
    return { id, run: (runs += 1) };
  }
  @Get('exact/:id') @CacheKey('item') @CachePage('15m', { exact: true }) exact() {
    return { run: (runs += 1) };
  }
  @Get('made')
  @CacheKey((context) => `n:${context.switchToHttp().getRequest<{ query: { n: string } }>().query.n}`)
  @CachePage('15m', { exact: true })
  made() {
    return { run: (runs += 1) };
  }
  @Get('ttl') @CacheTTL(5000) @UseInterceptors(PageCacheInterceptor) ttl() {
    return { run: (runs += 1) };
  }
  @Get('no-ttl') @CacheTTL(0) @UseInterceptors(PageCacheInterceptor) noTtl() {
    return { run: (runs += 1) };
  }
  @Get('sorted') @CachePage('15m', { query: 'sorted' }) sorted() {
    return { run: (runs += 1) };
  }
  @Get('some') @CachePage('15m', { query: ['page'] }) some() {
    return { run: (runs += 1) };
  }
  @Get('declared') @CachePage('15m', { query: 'declared' }) declared(
    @Query('page') page: string,
    @Query('filter') filter: unknown,
  ) {
    return { page, filter, run: (runs += 1) };
  }
  @Get('header') @CachePage('15m') header(@Headers('X-Kind') kind: string) {
    return { kind, run: (runs += 1) };
  }
  @Get('headers') @CachePage('15m') headers(@Headers() headers: unknown) {
    return { headers, run: (runs += 1) };
  }
  @Get('ip') @CachePage('15m') ip(@Ip() ip: string) {
    return { ip, run: (runs += 1) };
  }
  @Get('small') @CachePage('15m', { maxBody: '1kb' }) small(@Query('size') size: string) {
    return 'x'.repeat(Number(size)) + String((runs += 1));
  }
  @Get('nonce') @CachePage('15m') nonce(@Res({ passthrough: true }) response: Response) {
    response.header('Content-Security-Policy', "script-src 'nonce-abc123'");
    runs += 1;
    return '<script nonce="abc123"></script>';
  }
  @Get('origin') @CachePage('15m') origin(@Req() request: Asked, @Res({ passthrough: true }) response: Response) {
    response.header('Vary', 'Origin');
    return { origin: request.headers['origin'] ?? null, run: (runs += 1) };
  }
  @Get('language') @CachePage('15m') language(@Req() request: Asked) {
    return { language: request.headers['accept-language'] ?? null, run: (runs += 1) };
  }
  @Sse('events') events() {
    return EMPTY;
  }
}

const Versioned = { one: cats('1'), two: cats('2') };
/** Two classes of one name at one address. */
function cats(version: string) {
  @Controller({ path: 'cats', version })
  class CatsController {
    @Get() @CachePage('15m') all() {
      return { version, run: (runs += 1) };
    }
  }
  return CatsController;
}

@Controller({ path: 'site', host: ':name.example' })
class Hosted {
  @Get() @CachePage('15m') site(@HostParam('name') name: string) {
    return { name, run: (runs += 1) };
  }
}

const settings = { CACHES: { default: { BACKEND: 'locmem' }, other: { BACKEND: 'locmem', LOCATION: 'other' } } };

describe.each(PLATFORMS)('keys of pages on %s', (platform) => {
  let pages: PageApp;
  const prepare = (app: INestApplication): void => {
    app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version', defaultVersion: VERSION_NEUTRAL });
    app.enableCors({ origin: true });
  };

  beforeAll(async () => {
    const controllers = [Keys, Versioned.one, Versioned.two, Hosted];
    pages = await startPageApp({ platform, settings, controllers, prepare });
  });
  afterAll(async () => pages?.app.close());
  beforeEach(async () => {
    runs = 0;
    await pages.app.get(SentinelCaches).get().clear();
  });

  const run = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await pages.ask(path, { headers })).json.run;

  it('pain 15: @CacheKey is a name; path and query tell entries apart unless it is exact', async () => {
    expect([await run('/names/1'), await run('/names/2'), await run('/names/1?a'), await run('/names/1')]).toEqual([1, 2, 3, 1]);
    expect([await run('/exact/1'), await run('/exact/2')]).toEqual([4, 4]);
    expect([await run('/made?n=1'), await run('/made?n=2'), await run('/made?n=1&x')]).toEqual([5, 6, 5]);
  });

  it('@CacheTTL counts milliseconds, and 0 stores nothing', async () => {
    expect((await pages.ask('/ttl')).headers['cache-control']).toBe('max-age=5');
    expect([await run('/ttl'), await run('/no-ttl'), await run('/no-ttl')]).toEqual([1, 2, 3]);
  });

  it('pain 24: the query counts as it is sent, sorted, or by its names alone; repeated names keep their values', async () => {
    expect([await run('/sorted?b=1&a=2'), await run('/sorted?a=2&b=1'), await run('/sorted?a=2&a=1&b=1')]).toEqual([1, 1, 2]);
    expect([await run('/some?page=1&utm=x'), await run('/some?page=1'), await run('/some?page=1&page=2')]).toEqual([3, 3, 4]);
    expect([
      await run('/declared?page=1&x=1'),
      await run('/declared?x=2&page=1'),
      await run('/declared?page=1&filter[a]=1'),
    ]).toEqual([5, 5, 6]);
  });

  it('two classes of one name behind one address are two pages', async () => {
    const [one, two] = [
      await pages.ask('/cats', { headers: { 'x-version': '1' } }),
      await pages.ask('/cats', { headers: { 'x-version': '2' } }),
    ];
    expect([one.json.version, two.json.version]).toEqual(['1', '2']);
    expect((await pages.ask('/cats', { headers: { 'x-version': '1' } })).json).toEqual(one.json);
  });

  it('each host has pages of its own, whatever a client says was forwarded', async () => {
    expect((await pages.ask('/site', { headers: { host: 'a.example' } })).json.name).toBe('a');
    expect((await pages.ask('/site', { headers: { host: 'b.example' } })).json.name).toBe('b');
    expect((await pages.ask('/site', { headers: { host: 'a.example', 'x-forwarded-host': 'b.example' } })).json).toEqual({
      name: 'a',
      run: 1,
    });
  });

  it('a header that the handler takes tells pages apart; one that takes all, or the address, is personal', async () => {
    expect([
      await run('/header', { 'x-kind': 'a' }),
      await run('/header', { 'x-kind': 'b' }),
      await run('/header', { 'x-kind': 'a' }),
    ]).toEqual([1, 2, 1]);
    expect(said(await pages.ask('/headers'))).toContain('detail=headers');
    expect(said(await pages.ask('/ip'))).toContain('detail=ip');
  });

  it('a body over maxBody, and a page with the nonce of its own policy, are not stored', async () => {
    expect(said(await pages.ask('/small?size=1023'))).toContain('stored');
    expect(said(await pages.ask('/small?size=1024'))).toContain('detail=size');
    expect(said(await pages.ask('/nonce'))).toContain('detail=nonce');
  });

  it('what CORS made of one request is not sent to another, and Origin splits nothing', async () => {
    await pages.ask('/names/1', { headers: { origin: 'http://a.example' } });
    const other = await pages.ask('/names/1', { headers: { origin: 'http://b.example' } });
    expect([other.json.run, other.headers['access-control-allow-origin']]).toEqual([1, 'http://b.example']);
    expect(other.headers.vary).toMatch(/origin/i);
  });

  it('where the handler names Origin as CORS does, each Origin has a page of its own', async () => {
    const origins = ['http://evil.example', undefined, 'http://b.example'];
    for (const run of [1, 2])
      for (const origin of origins) {
        const answer = await pages.ask('/origin', { headers: origin === undefined ? {} : { origin } });
        expect([answer.json.origin, said(answer) === 'sentinel-cache; hit']).toEqual([origin ?? null, run === 2]);
      }
  });

  it('what a middleware varies on before the handler runs tells pages apart', async () => {
    const negotiating = await startPageApp({
      platform,
      settings,
      controllers: [Keys],
      prepare: (app) => {
        app.use(
          (_: unknown, response: ServerResponse, next: () => void) => (response.setHeader('Vary', 'Accept-Language'), next()),
        );
      },
    });
    const languages = ['de', undefined, 'fr'];
    for (const run of [1, 2])
      for (const language of languages) {
        const answer = await negotiating.ask(
          '/language',
          language === undefined ? {} : { headers: { 'accept-language': language } },
        );
        expect([answer.json.language, said(answer) === 'sentinel-cache; hit']).toEqual([language ?? null, run === 2]);
        expect(answer.headers.vary).toBe('Accept-Language');
      }
    await negotiating.app.close();
  });
});

describe.each(PLATFORMS)('the interceptor of pages on %s', (platform) => {
  @Injectable()
  class Everybody implements CanActivate {
    canActivate(): boolean {
      return true;
    }
  }

  @Controller('wide')
  @UseInterceptors(PageCacheInterceptor)
  class Wide {
    @Get('nested') @UseInterceptors(PageCacheInterceptor) @CachePage('1m', { keyPrefix: 'inner' }) nested() {
      return { run: (runs += 1) };
    }
    @Get('bare') @UseGuards(Everybody) bare() {
      return { run: (runs += 1) };
    }
    @Get('each') @UseGuards(Everybody) @VaryOnCookie() each() {
      return { run: (runs += 1) };
    }
    @Get('past') past(@Res() response: { send(body: string): unknown }) {
      response.send(String((runs += 1)));
    }
  }

  it('pain 20, pain 26: works on the whole application: several are one lookup, and what answers past Nest is left alone', async () => {
    runs = 0;
    const logger = new LogLines();
    const providers = [{ provide: APP_INTERCEPTOR, useClass: PageCacheInterceptor }];
    const ours = {
      ...settings,
      CACHE_MIDDLEWARE_ALIAS: 'other',
      CACHE_MIDDLEWARE_SECONDS: 77,
      CACHE_MIDDLEWARE_KEY_PREFIX: 'site',
    };
    const { app, ask } = await startPageApp({ platform, settings: ours, controllers: [Wide], providers, logger });
    try {
      const nested = await ask('/wide/nested');
      expect([nested.headers['cache-control'], said(nested)]).toEqual(['max-age=60', 'sentinel-cache; fwd=uri-miss; stored']);
      expect(said(await ask('/wide/nested'))).toBe('sentinel-cache; hit');
      expect((await ask('/wide/bare')).headers['cache-control']).toBe('max-age=77');
      expect([(await ask('/wide/past')).text, (await ask('/wide/past')).text]).toEqual(['3', '4']);
      const caches = app.get(SentinelCaches);
      expect(await caches.get('default').keys('*')).toEqual([expect.stringMatching(/^page\.inner\./)]);
      expect(await caches.get('other').keys('*')).toEqual([expect.stringMatching(/^page\.site\./)]);
      const text = logger.lines.map(({ message }) => message).join('\n');
      expect(text).toMatch(/not cached.*Wide\.past/);
      expect(text).toMatch(/behind a guard.*Wide\.bare/);
      expect(text).not.toMatch(/Wide\.each/);
    } finally {
      await app.close();
    }
  });

  it('@CacheTTL of a method is nearer than @CachePage of its class, which is nearer than @CacheTTL of the class', async () => {
    @Controller('near')
    @CachePage('15m')
    @CacheTTL(1000)
    class Near {
      @Get('class') byClass() {
        return { run: (runs += 1) };
      }
      @Get('minute') @CacheTTL(60_000) minute() {
        return { run: (runs += 1) };
      }
      @Get('never') @CacheTTL(0) never() {
        return { run: (runs += 1) };
      }
      @Get('both') @CacheTTL(60_000) @CachePage('2m') both() {
        return { run: (runs += 1) };
      }
    }
    const { app, ask } = await startPageApp({ platform, settings, controllers: [Near] });
    try {
      const told = async (path: string) => (await ask(`/near/${path}`)).headers['cache-control'];
      expect([await told('class'), await told('minute'), await told('never'), await told('both')]).toEqual([
        'max-age=900',
        'max-age=60',
        undefined,
        'max-age=120',
      ]);
    } finally {
      await app.close();
    }
  });

  it('pain 20: a @CachePage that can never work, or wrong options, end the boot and name the route', async () => {
    @Controller()
    class Wrong {
      @Get('a') @CachePage('15m') taken(@Res() response: unknown) {
        return response;
      }
      @Get('b') @CachePage('15m') next(@Next() next: unknown) {
        return next;
      }
      @Get('c') @CachePage('soon' as '1s', { cache: 'none', maxBody: '1tb' as '1mb', tags: [''], stale: 1 } as object) options() {
        return 1;
      }
      @Get('d') @CachePage('15m', null as unknown as undefined) none() {
        return 1;
      }
    }
    const error = await startPageApp({ platform, settings, controllers: [Wrong] }).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ImproperlyConfiguredError);
    const text = String(error);
    for (const part of [
      'Wrong.taken',
      'Wrong.next',
      'Wrong.options.maxBody',
      'Wrong.options.tags',
      'Wrong.options.stale',
      'Wrong.options.cache',
      'soon',
      'Wrong.none: expected an object, got null',
    ])
      expect(text).toContain(part);
  });
});
