import {
  Controller,
  Delete,
  ForbiddenException,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Scope,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR, REQUEST } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { Cached, CacheEvict, CachePut, type DjangoSettings, type SentinelCache } from 'nestjs-sentinel-cache';
import { concatMap, map, of, type Observable } from 'rxjs';
import { rejectionOf } from '../cache/support/waiting.js';
import { PLATFORMS } from '../http/support/page-app.js';
import { closeAll, startDecorated, type DecoratedApp } from './support/decorated-app.js';

const runs = new Map<string, number>();
const run = (name: string): number => {
  runs.set(name, (runs.get(name) ?? 0) + 1);
  return runs.get(name)!;
};

/** What an interceptor of the application sees when the handler is done, and before its own end. */
const seen: boolean[] = [];
let cache: SentinelCache;

@Injectable()
class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    run('guard');
    return !context.switchToHttp().getRequest<{ url: string }>().url.includes('denied');
  }
}

/** Ends its transaction when the handler is done; `?fails` fails then. */
@Injectable()
class Transaction implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    return next.handle().pipe(
      concatMap(async (value: unknown) => {
        seen.push(await cache.has('user:7'));
        if (url.includes('fails')) throw new ForbiddenException();
        return value;
      }),
    );
  }
}

@Injectable()
class Wrapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data, wrapped: run('interceptor') })));
  }
}

@Controller('users')
class Users {
  @Get('item/:id')
  @UseGuards(Guard)
  @UseInterceptors(Wrapping)
  @Cached('15m', { key: 'user:{id}' })
  find(@Param('id', ParseIntPipe) userId: number, @Query('sort') sort?: string): unknown {
    return { userId, sort, kind: typeof userId, run: run('find') };
  }
  @Get('stream/:id') @Cached('15m', { key: 'stream:{id}' }) stream(@Param('id') id: string): Observable<unknown> {
    return of({ run: 0 }, { id, run: run('stream') });
  }
  @Post('save/:id')
  @HttpCode(202)
  @CachePut({ key: 'user:{id}' })
  @UseInterceptors(Wrapping)
  save(@Param('id') id: string): unknown {
    return { id, saved: true };
  }
  @Delete(':id') @UseGuards(Guard) @CacheEvict({ key: 'user:{id}' }) remove(@Param('id', ParseIntPipe) id: number): unknown {
    run('remove');
    return { id };
  }
  @Post('broken') @CacheEvict({ key: 'user:7' }) broken(): never {
    throw new ForbiddenException();
  }
  @Post('twice/:id') @CacheEvict({ key: 'user:{id}' }) async twice(@Param('id') id: string): Promise<unknown> {
    if (id === '8') return true;
    await this.twice('8');
    // The handler's own call waits for its interceptors; a call of the handler's does not.
    return { own: await cache.has(`user:${id}`), called: await cache.has('user:8') };
  }
  @Post('observed') @CacheEvict({ key: 'user:7' }) observed(): Observable<unknown> {
    return of(1, 2);
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class Scoped {
  constructor(@Inject(REQUEST) readonly request: { url: string }) {}
  @Get(':id') @Cached('15m') find(@Param('id') id: string): unknown {
    return { id, url: this.request.url, run: run('scoped') };
  }
  @Post() @CacheEvict({ key: 'user:7' }) evict(): unknown {
    return {};
  }
}

@Injectable()
class Service {
  @CacheEvict({ key: 'user:7' }) async change(): Promise<boolean> {
    return cache.has('user:7');
  }
}

@Controller('service')
class Calls {
  constructor(readonly service: Service) {}
  @Post() @CacheEvict({ key: 'other' }) async change(): Promise<unknown> {
    await this.service.change();
    return { user: await cache.has('user:7'), other: await cache.has('other') };
  }
}

let redis: LocalRedis;
let settings: DjangoSettings;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
  settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '30s' } } } };
});
afterEach(async () => {
  await closeAll();
  await redis.command('FLUSHALL');
});
afterAll(() => redis.stop());

describe.each(PLATFORMS)('a decorated route on %s', (platform) => {
  const start = async (): Promise<DecoratedApp> => {
    runs.clear();
    seen.length = 0;
    const app = await startDecorated({
      settings,
      platform,
      controllers: [Users, Scoped, Calls],
      providers: [Guard, Wrapping, Service, { provide: APP_INTERCEPTOR, useClass: Transaction }],
    });
    cache = app.cache;
    return app;
  };

  it('keeps what its handler returns, under what its pipes made of the request', async () => {
    const { ask } = await start();
    const first = await ask('/users/item/7?sort=up');
    const second = await ask('/users/item/07');
    expect(first.json).toEqual({ data: { userId: 7, sort: 'up', kind: 'number', run: 1 }, wrapped: 1 });
    expect(second.json).toEqual({ data: { userId: 7, sort: 'up', kind: 'number', run: 1 }, wrapped: 2 });
    expect(await cache.get('user:7')).toEqual({ userId: 7, sort: 'up', kind: 'number', run: 1 });
  });

  it('runs guards and pipes on each request, those that the cache answers, too', async () => {
    const { ask } = await start();
    for (const path of ['item/7', 'item/7', 'item/7?denied', 'item/x']) await ask(`/users/${path}`);
    expect([runs.get('find'), runs.get('guard')]).toEqual([1, 4]);
    expect((await ask('/users/item/7?denied')).status).toBe(403);
    expect((await ask('/users/item/x')).status).toBe(400);
  });

  it('keeps the last value of an Observable, which is its response', async () => {
    const { ask } = await start();
    expect([(await ask('/users/stream/a')).json, (await ask('/users/stream/a')).json]).toEqual([
      { id: 'a', run: 1 },
      { id: 'a', run: 1 },
    ]);
  });

  it('evicts before it answers, and after the interceptors around it', async () => {
    const { ask } = await start();
    for (const [method, path] of [
      ['DELETE', '7'],
      ['POST', 'observed'],
    ] as const) {
      await cache.set('user:7', 1);
      const { status } = await ask(`/users/${path}`, { method });
      expect([status < 300, await cache.has('user:7'), seen.at(-1)]).toEqual([true, false, true]);
    }
  });

  it.each([
    ['a guard denies', 'DELETE', '7?denied', 403],
    ['a pipe refuses', 'DELETE', 'x', 400],
    ['it throws', 'POST', 'broken', 403],
    ['an interceptor fails after it', 'DELETE', '7?fails', 403],
  ])('evicts nothing when %s', async (_, method, path, status) => {
    const { ask } = await start();
    await cache.set('user:7', 1);
    expect((await ask(`/users/${path}`, { method })).status).toBe(status);
    expect(await cache.has('user:7')).toBe(true);
  });

  it('has evicted when it returns to a handler that calls it', async () => {
    const { ask } = await start();
    await cache.setMany({ 'user:7': 1, 'user:8': 1 });
    expect((await ask('/users/twice/7', { method: 'POST' })).json).toEqual({ own: true, called: false });
    expect([await cache.has('user:7'), await cache.has('user:8')]).toEqual([false, false]);
  });

  it('puts what its handler returned, not what an interceptor made of it', async () => {
    const { ask } = await start();
    const { json, status } = await ask('/users/save/7', { method: 'POST' });
    expect([status, json]).toEqual([202, { data: { id: '7', saved: true }, wrapped: 1 }]);
    expect(await cache.get('user:7')).toEqual({ id: '7', saved: true });
    expect((await ask('/users/item/7')).json.data).toEqual({ id: '7', saved: true });
  });

  it('is cached and evicts on a controller that comes with each request', async () => {
    const { ask } = await start();
    await cache.set('user:7', 1);
    expect([(await ask('/scoped/7?a')).json, (await ask('/scoped/7?b')).json]).toEqual(
      Array.from({ length: 2 }, () => ({ id: '7', url: '/scoped/7?a', run: 1 })),
    );
    await ask('/scoped', { method: 'POST' });
    expect([await cache.has('user:7'), seen.at(-1)]).toEqual([false, true]);
  });

  it('leaves a method of a provider that it calls to itself: that has evicted when it returns', async () => {
    const { ask } = await start();
    await cache.setMany({ 'user:7': 1, other: 1 });
    expect((await ask('/service', { method: 'POST' })).json).toEqual({ user: false, other: true });
    expect(await cache.has('other')).toBe(false);
  });
});

describe.each(PLATFORMS)('tags on %s', (platform) => {
  @Injectable()
  class Catalogue {
    @Cached('15m', { key: 'product:{id}', tags: (id: string) => ['catalogue', `product-${id}`] }) async find(
      id: string,
    ): Promise<unknown> {
      return { id, run: run(`find ${id}`) };
    }
    @Cached('15m', { tags: 'product-{id}' }) async price(id: string): Promise<unknown> {
      return { id, run: run(`price ${id}`) };
    }
    @CachePut({ key: 'product:{id}', tags: ['catalogue', 'product-{result.id}'] }) async save(id: string): Promise<unknown> {
      return { id, saved: true };
    }
    @CachePut({ key: 'product:{id}', tags: () => [5 as never] }) async saveWrongly(id: string): Promise<unknown> {
      return { id };
    }
    @CacheEvict((tags: string[]) => tags) async some(_tags: string[]): Promise<void> {
      await Promise.resolve();
    }
    @CacheEvict('product-{id}') async rename(_: unknown, id: string): Promise<string> {
      return id;
    }
    @CacheEvict((id: string) => `product-${id}`) async remove(id: string): Promise<string> {
      return id;
    }
    @CacheEvict({ tags: ['catalogue'] }) async clear(): Promise<void> {
      await Promise.resolve();
    }
    @CacheEvict({ fromResult: ({ id }: { id: string }) => [`product-${id}`] }) async last(): Promise<{ id: string }> {
      return { id: 'a' };
    }
  }
  @Controller('catalogue')
  class Routes {
    constructor(readonly catalogue: Catalogue) {}
    @Get(':id') find(@Param('id') id: string): Promise<unknown> {
      return this.catalogue.find(id);
    }
    @Post('all') @CacheEvict('catalogue') all(): unknown {
      return {};
    }
    @Post(':id') @CacheEvict({ tags: 'product-{id}' }) one(@Param('id') given: string): unknown {
      return { given };
    }
  }
  const tagged = async () => {
    runs.clear();
    const { CACHES } = settings as unknown as { CACHES: { default: { OPTIONS: object } } };
    const OPTIONS = { ...CACHES.default.OPTIONS, tags: true };
    const started = await startDecorated({
      settings: { CACHES: { default: { ...CACHES.default, OPTIONS } } } as unknown as DjangoSettings,
      platform,
      controllers: [Routes],
      providers: [Catalogue],
    });
    const catalogue = started.app.get(Catalogue);
    const read = async () => Promise.all(['a', 'b'].flatMap((id) => [catalogue.find(id), catalogue.price(id)]));
    await read();
    const again = async (): Promise<string[]> => {
      runs.clear();
      await read();
      return [...runs.keys()].sort();
    };
    return { ...started, catalogue, again };
  };

  it.each<[string, (on: Awaited<ReturnType<typeof tagged>>) => Promise<unknown>, string[]]>([
    ['a tag with a parameter', ({ catalogue }) => catalogue.rename(0, 'a'), ['find a', 'price a']],
    ['a function of the arguments', ({ catalogue }) => catalogue.remove('a'), ['find a', 'price a']],
    ['a function of the result', ({ catalogue }) => catalogue.last(), ['find a', 'price a']],
    ['a list of tags', ({ catalogue }) => catalogue.clear(), ['find a', 'find b']],
    ['a bare tag on a route', ({ ask }) => ask('/catalogue/all', { method: 'POST' }), ['find a', 'find b']],
    ['a tag with a parameter on a route', ({ ask }) => ask('/catalogue/b', { method: 'POST' }), ['find b', 'price b']],
    ['invalidateTags', ({ cache: it }) => it.invalidateTags('product-b'), ['find b', 'price b']],
  ])('%s takes away what has it', async (_, evict, made) => {
    const on = await tagged();
    expect(await on.again()).toEqual([]);
    await evict(on);
    expect(await on.again()).toEqual(made);
  });

  it.each(['a'.repeat(300), 'é'.repeat(126), '', 'half \ud800', 'nul \0tags', ' '])(
    'of %j, whatever a request sends, are those by which it goes, and the others go too',
    async (id) => {
      const { catalogue } = await tagged();
      const runOf = async (read: (id: string) => Promise<unknown>) => ((await read.call(catalogue, id)) as { run: number }).run;
      const both = async () => [await runOf(catalogue.find), await runOf(catalogue.price)];
      expect([await both(), await both()]).toEqual([
        [1, 1],
        [1, 1],
      ]);
      await catalogue.rename(0, id);
      expect([await both(), await both()]).toEqual([
        [2, 2],
        [2, 2],
      ]);
      await catalogue.remove(id);
      expect([await both(), await both()]).toEqual([
        [3, 3],
        [3, 3],
      ]);
    },
  );

  it('that are none reject, once those that are have taken away what has them', async () => {
    const on = await tagged();
    const error = await rejectionOf(on.catalogue.some(['product-a', 5 as never]));
    expect([error.code, await on.again()]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', ['find a', 'price a']]);
    await on.catalogue.some(Array.from({ length: 2500 }, (_, i) => (i === 2400 ? 'product-b' : `tag ${i}`)));
    expect(await on.again()).toEqual(['find b', 'price b']);
  });

  it('that @CachePut can not have take the entry away: what is there is older than what the method did', async () => {
    const { catalogue, cache: it } = await tagged();
    const error = await rejectionOf(catalogue.saveWrongly('a'));
    expect([error.code, await it.has('product:a')]).toEqual(['SENTINEL_CACHE_INVALID_ARGUMENT', false]);
  });

  it('stand on what @CachePut stores', async () => {
    const { catalogue } = await tagged();
    await catalogue.save('a');
    expect(await catalogue.find('a')).toEqual({ id: 'a', saved: true });
    await catalogue.rename(0, 'a');
    expect(await catalogue.find('a')).toEqual({ id: 'a', run: 2 });
  });
});

describe('a decorated method in an outage', () => {
  @Injectable()
  class Orders {
    @Cached('15m', { key: 'order' }) async find(): Promise<number> {
      return run('find');
    }
    @CachePut({ key: 'order' }) async save(): Promise<string> {
      return 'saved';
    }
    @CacheEvict({ key: 'order' }) async remove(): Promise<string> {
      return 'removed';
    }
  }
  const LOCATION = 'redis://127.0.0.1:1/0';

  it.each([
    ['rejects as getOrSet does, and put and evict succeed as the method did', false],
    ['is the method with IGNORE_EXCEPTIONS', true],
  ])('%s', async (_, ignores) => {
    runs.clear();
    const OPTIONS = { deadline: '500ms', IGNORE_EXCEPTIONS: ignores };
    const { app } = await startDecorated({
      settings: { CACHES: { default: { BACKEND: 'redis', LOCATION, OPTIONS } } },
      providers: [Orders],
    });
    const orders = app.get(Orders);
    const found = await orders.find().catch((error: { code: string }) => error.code);
    expect(found).toBe(ignores ? 1 : 'SENTINEL_CACHE_UNAVAILABLE');
    expect([await orders.save(), await orders.remove()]).toEqual(['saved', 'removed']);
  });
});
