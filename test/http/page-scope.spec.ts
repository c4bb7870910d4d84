import { CacheKey, CacheTTL } from '@nestjs/cache-manager';
import {
  Controller,
  Delete,
  Get,
  Injectable,
  Module,
  Options,
  Patch,
  Post,
  Put,
  Query,
  Sse,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ExternalContextCreator } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CacheControl, CachePage, PageCacheInterceptor, type DjangoSettings } from 'nestjs-sentinel-cache';
import { of, type Observable } from 'rxjs';
import { AsyncLocalStorage } from 'node:async_hooks';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp, type PageAppOptions } from './support/page-app.js';

const HIT = 'sentinel-cache; hit';
let runs = 0;

const storage = new AsyncLocalStorage<string>();

/** Runs what it stands around in an async context of its own. */
@Injectable()
class InContext implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    return storage.run(url, () => next.handle());
  }
}

/** Each method of one address, by one name. */
@Controller('named')
@UseInterceptors(PageCacheInterceptor)
@CacheTTL(60_000)
class Named {
  @Get() @CacheKey('named') get() {
    return { by: 'GET', run: (runs += 1) };
  }
  @Post() @CacheKey('named') post() {
    return { by: 'POST', run: (runs += 1) };
  }
  @Put() @CacheKey('named') put() {
    return { by: 'PUT', run: (runs += 1) };
  }
  @Patch() @CacheKey('named') patch() {
    return { by: 'PATCH', run: (runs += 1) };
  }
  @Delete() @CacheKey('named') delete() {
    return { by: 'DELETE', run: (runs += 1) };
  }
  @Options() @CacheKey('named') options() {
    return { by: 'OPTIONS', run: (runs += 1) };
  }
}

@Injectable()
@UseInterceptors(PageCacheInterceptor)
class Resolver {
  @CachePage('15m') @CacheControl({ public: true }) field() {
    return { run: (runs += 1) };
  }
}

@Controller()
class Others {
  constructor(
    private readonly contexts: ExternalContextCreator,
    private readonly resolver: Resolver,
  ) {}

  /** Calls a resolver as GraphQL, microservices and gateways call theirs. */
  @Post('calls') async calls(@Query('kind') kind: string) {
    const { contexts, resolver } = this;
    const call = contexts.create(resolver, resolver.field, 'field', undefined, undefined, undefined, undefined, undefined, kind);
    return call({}, {}, {}, {}) as Promise<unknown>;
  }
  @Sse('events') events(): Observable<MessageEvent> {
    return of({ data: { run: (runs += 1) } });
  }
  @Get('page') page() {
    return { run: (runs += 1) };
  }
  @Get('context') context() {
    return storage.getStore();
  }
  @Post('context') change() {
    return storage.getStore();
  }
}

describe.each(PLATFORMS)('what the interceptor leaves alone, on %s', (platform) => {
  let redis: LocalRedis;
  let settings: DjangoSettings;
  const start = (changes: Partial<PageAppOptions>): Promise<PageApp> =>
    startPageApp({ platform, settings, controllers: [], ...changes });

  beforeAll(async () => {
    redis = await startLocalRedis();
    settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
  });
  afterAll(async () => redis?.stop());
  beforeEach(async () => {
    runs = 0;
    await redis.command('FLUSHDB');
  });

  const keys = async (): Promise<string[]> => (await redis.command('KEYS', '*:page.*')) as string[];

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'H-1, pain 18: %s is neither answered from the cache nor stored, though @CacheKey names it as it names GET',
    async (method) => {
      const { app, ask } = await start({ controllers: [Named] });
      try {
        for (let run = 1; run <= 2; run += 1) expect((await ask('/named', { method })).json).toEqual({ by: method, run });
        expect(await keys()).toEqual([]);
        expect((await ask('/named')).json).toEqual({ by: 'GET', run: 3 });
        await until('it is stored', async () => said(await ask('/named')) === HIT);
        expect((await ask('/named', { method })).json).toEqual({ by: method, run: 4 });
        expect((await ask('/named')).json.by).toBe('GET');
      } finally {
        await app.close();
      }
    },
  );

  describe('as an interceptor of the whole application', () => {
    let pages: PageApp;
    beforeAll(async () => {
      const around = [InContext, PageCacheInterceptor].map((useClass) => ({ provide: APP_INTERCEPTOR, useClass }));
      const providers = [Resolver, ...around];
      pages = await start({ controllers: [Others], providers });
    });
    afterAll(async () => pages?.app.close());

    it.each(['graphql', 'rpc', 'ws'])('pain 26: what is called by %s runs each time', async (kind) => {
      for (let run = 1; run <= 2; run += 1)
        expect((await pages.ask(`/calls?kind=${kind}`, { method: 'POST' })).json).toEqual({ run });
      expect(await keys()).toEqual([]);
    });

    it('pain 26: @Sse is a stream of its own for each client, and Redis is not asked', async () => {
      await redis.command('CONFIG', 'RESETSTAT');
      for (let run = 1; run <= 2; run += 1) {
        const response = await pages.ask('/events');
        expect([response.text.includes(`{"run":${run}}`), said(response)]).toEqual([true, '']);
      }
      expect(await redis.command('INFO', 'commandstats')).not.toMatch(/cmdstat_(?:m?get|eval)/);
      expect(await keys()).toEqual([]);
    });

    it.each(['GET', 'POST'])('a handler of %s runs in the async context of the interceptors around', async (method) => {
      const answers = await Promise.all([1, 2].map((n) => pages.ask(`/context?${n}`, { method })));
      expect(answers.map(({ text }) => text)).toEqual(['/context?1', '/context?2']);
    });

    it('pain 26: a page beside them is cached', async () => {
      await pages.ask('/page');
      expect(said(await pages.ask('/page'))).toBe(HIT);
    });
  });

  it('pain 27: routes of a module that does not import the cache are not cached, and one that asks for it ends the boot', async () => {
    @Controller('here')
    @UseInterceptors(PageCacheInterceptor)
    class Here {
      @Get() here() {
        return { run: (runs += 1) };
      }
    }
    @Controller('there')
    class There {
      @Get() there() {
        return { run: (runs += 1) };
      }
    }
    @Controller('asks')
    class Asks {
      @Get() @CachePage('15m') asks() {
        return { run: (runs += 1) };
      }
    }
    @Module({ controllers: [There] })
    class Elsewhere {}
    @Module({ controllers: [Asks] })
    class Asking {}

    const options = { isGlobal: false };
    const { app, ask } = await start({ controllers: [Here], imports: [Elsewhere], options });
    try {
      expect([said(await ask('/here')), said(await ask('/here'))]).toEqual(['sentinel-cache; fwd=uri-miss; stored', HIT]);
      expect([(await ask('/there')).json, (await ask('/there')).json]).toEqual([{ run: 2 }, { run: 3 }]);
      expect(said(await ask('/there'))).toBe('');
    } finally {
      await app.close();
    }
    await expect(start({ controllers: [Here], imports: [Asking], options })).rejects.toThrow(/PageRoutes.*Asking/s);
  });
});
