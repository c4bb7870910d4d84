import {
  Catch,
  Controller,
  Get,
  Module,
  Session,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, ExternalContextCreator } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CacheUnavailableError,
  InjectCache,
  SentinelCache,
  SentinelCacheModule,
  type CacheSession,
  type SentinelCacheModuleOptions,
} from 'nestjs-sentinel-cache';
import { deadPort } from '../cache/support/ports.js';
import { LogLines } from './support/log-lines.js';

const PLATFORMS = ['express', 'fastify'] as const;
type Platform = (typeof PLATFORMS)[number];

/** Answers 418 and who it was. */
function teapot(name: string, ...types: (new (...args: never[]) => Error)[]): new () => ExceptionFilter {
  @Catch(...types)
  class Teapot implements ExceptionFilter {
    catch(_: unknown, context: ArgumentsHost): void {
      const response = context.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>();
      response.status(418).send({ by: name });
    }
  }
  return Teapot;
}

const ofMethod = teapot('method', CacheUnavailableError);
const ofController = teapot('controller');

@Controller()
class Pages {
  constructor(@InjectCache() private readonly cache: SentinelCache) {}
  @Get('cache') async cached(): Promise<unknown> {
    return this.cache.get('k');
  }
  @Get('session') async session(@Session() session: CacheSession): Promise<unknown> {
    return session.get('k');
  }
  @Get('saved') async saved(@Session() session: CacheSession): Promise<string> {
    await session.set('k', 1);
    return 'never sent';
  }
  @Get('neither') neither(): string {
    return 'fine';
  }
  @Get('mistake') async mistake(): Promise<unknown> {
    return this.cache.set('k', 1, 'soon' as never);
  }
  @Get('method') @UseFilters(ofMethod) async method(): Promise<unknown> {
    return this.cache.get('k');
  }
}
@UseFilters(ofController)
@Controller('controller')
class Filtered {
  constructor(@InjectCache() private readonly cache: SentinelCache) {}
  @Get() async get(): Promise<unknown> {
    return this.cache.get('k');
  }
}

describe.each(PLATFORMS)('an outage on %s', (platform: Platform) => {
  const open: INestApplication[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((app) => app.close()));
  });

  interface Given {
    readonly options?: SentinelCacheModuleOptions;
    /** Filters of the application's root module. */
    readonly filters?: readonly (new () => ExceptionFilter)[];
    readonly prepare?: (app: INestApplication) => void;
  }

  async function start({ options = {}, filters = [], prepare }: Given = {}): Promise<{
    app: INestApplication;
    log: LogLines;
    url: string;
  }> {
    const settings = {
      CACHES: { default: { BACKEND: 'redis', LOCATION: `redis://127.0.0.1:${await deadPort()}/0` } },
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
    };
    @Module({
      imports: [SentinelCacheModule.forRoot(settings, options)],
      controllers: [Pages, Filtered],
      providers: filters.map((useClass) => ({ provide: APP_FILTER, useClass })),
    })
    class AppModule {}
    const log = new LogLines();
    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .setLogger(log)
      .compile();
    const app = platform === 'express' ? testing.createNestApplication() : testing.createNestApplication(new FastifyAdapter());
    open.push(app);
    prepare?.(app);
    await app.listen(0, '127.0.0.1');
    return { app, log, url: await app.getUrl() };
  }

  async function ask(url: string, page: string): Promise<{ status: number; retryAfter: string | null; body: unknown }> {
    const response = await fetch(`${url}/${page}`, { headers: { cookie: 'sessionid=abcdefghijklmnopqrstuvwxyz012345' } });
    const text = await response.text();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: text.startsWith('{') ? JSON.parse(text) : text,
    };
  }

  it('is a 503 with Retry-After where a call of a cache or a session rejects, and nothing elsewhere', async () => {
    const { url } = await start();
    const of = (message: string) => ({ status: 503, retryAfter: '1', body: { statusCode: 503, message } });
    expect(await ask(url, 'cache')).toEqual(of('The cache is not available right now.'));
    expect(await ask(url, 'session')).toEqual(of('The session is not available right now.'));
    expect(await ask(url, 'saved')).toEqual(of('The session is not available right now.'));
    expect(await ask(url, 'neither')).toEqual({ status: 200, retryAfter: null, body: 'fine' });
  });

  it('logs its change of state, and no request', async () => {
    const { url, log } = await start();
    const pages = ['cache', 'session', 'saved', 'neither'];
    await Promise.all(Array.from({ length: 40 }, (_, i) => ask(url, pages[i % 4]!)));
    const loud = log.lines.filter(({ level }) => level !== 'log');
    expect(loud.map(({ context }) => context)).toEqual(['SentinelCache']);
  });

  it('leaves a mistake of the program to Nest, which answers 500 and logs it', async () => {
    const { url, log } = await start();
    expect(await ask(url, 'mistake')).toMatchObject({ status: 500, retryAfter: null });
    expect(log.lines.filter(({ context }) => context === 'ExceptionsHandler')).toHaveLength(1);
  });

  it.each<[string, Given, string, string]>([
    ['a method', {}, 'method', 'method'],
    ['a controller', {}, 'controller', 'controller'],
    [
      'the application, by useGlobalFilters',
      { prepare: (app) => void app.useGlobalFilters(new (teapot('global', CacheUnavailableError))()) },
      'cache',
      'global',
    ],
    [
      'the application, by useGlobalFilters, for everything',
      { prepare: (app) => void app.useGlobalFilters(new (teapot('global'))()) },
      'cache',
      'global',
    ],
    ['the application, by APP_FILTER', { filters: [teapot('provided', CacheUnavailableError)] }, 'cache', 'provided'],
    ['the application, by APP_FILTER, for everything', { filters: [teapot('provided')] }, 'cache', 'provided'],
    ['the application, for a session', { filters: [teapot('provided')] }, 'session', 'provided'],
  ])("goes to a filter of %s where there is one: the application's own wins", async (_, given, page, by) => {
    const { url } = await start(given);
    expect(await ask(url, page)).toMatchObject({ status: 418, body: { by } });
  });

  it('goes past a filter of the application for something else', async () => {
    const { url } = await start({ filters: [teapot('provided', RangeError)] });
    expect(await ask(url, 'cache')).toMatchObject({ status: 503, retryAfter: '1' });
  });

  it('is a 500 of Nest with outageFilter: false; sessions stay 503', async () => {
    const { url, log } = await start({ options: { outageFilter: false } });
    expect(await ask(url, 'cache')).toMatchObject({ status: 500, retryAfter: null });
    expect(log.lines.filter(({ context }) => context === 'ExceptionsHandler')).toHaveLength(1);
    expect(await ask(url, 'session')).toMatchObject({ status: 503, retryAfter: '1' });
  });

  it.each(['graphql', 'rpc', 'ws'])('outside HTTP (%s) is left to Nest: the caller gets the error itself', async (kind) => {
    const { app } = await start();
    const pages = app.get(Pages);
    const creator = app.get(ExternalContextCreator);
    const call = creator.create(pages, pages.cached, 'cached', undefined, undefined, undefined, undefined, undefined, kind);
    await expect(call()).rejects.toBeInstanceOf(CacheUnavailableError);
  });
});
