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
import { describe, expect, it } from '@jest/globals';
import { Cached, CacheEvict, CachePut, type SentinelCache } from 'nestjs-sentinel-cache';
import { concatMap, map, of, type Observable } from 'rxjs';
import { PLATFORMS } from '../http/support/page-app.js';
import { onRedis, run, runs, type DecoratedApp } from './support/decorated-app.js';

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

const { start: startOn } = onRedis();

describe.each(PLATFORMS)('a decorated route on %s', (platform) => {
  const start = async (): Promise<DecoratedApp> => {
    seen.length = 0;
    const app = await startOn({
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
