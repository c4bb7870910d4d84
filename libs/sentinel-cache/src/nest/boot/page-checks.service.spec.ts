import { Controller, Get, Logger, Module, UseGuards, UseInterceptors, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';

import { CachePage } from '../../http/cache-page.decorator.js';
import { PageCacheInterceptor } from '../../http/page-cache.interceptor.js';
import { PageRoutes } from '../../http/page-routes.service.js';
import { SentinelCacheModule } from '../sentinel-cache.module.js';

const locmem = { BACKEND: 'locmem' };
const everybody = { canActivate: () => true };

@Controller('shop')
class Shop {
  @Get() @UseGuards(everybody) list() {
    return [];
  }
}

describe('the pages of an application at boot', () => {
  afterEach(() => Logger.overrideLogger(true));

  async function boot(imports: DynamicModule['imports'], providers: Provider[] = [], prepare?: (routes: PageRoutes) => unknown) {
    const lines: string[] = [];
    const note = (message: unknown): void => void lines.push(String(message));
    const controllers = providers.length > 0 || prepare ? [Shop] : [];
    const testing = await Test.createTestingModule({ imports: imports!, providers, controllers })
      .setLogger({ log: note, warn: note, error: note })
      .compile();
    const app = testing.createNestApplication();
    const interceptor = prepare?.(app.get(PageRoutes, { strict: false }));
    if (interceptor) app.useGlobalInterceptors(interceptor as PageCacheInterceptor);
    await app.init();
    await app.close();
    return lines.filter((line) => line.includes('behind a guard'));
  }

  it('a route is held against the caches of the module that serves it, where there are two', async () => {
    @Controller('one')
    class One {
      @Get() @CachePage('1m', { cache: 'x', shared: true }) list() {
        return [];
      }
    }
    @Controller('two')
    class Two {
      @Get() @CachePage('1m', { cache: 'y', shared: true }) list() {
        return [];
      }
    }
    const own = (alias: string) =>
      SentinelCacheModule.forRoot({ CACHES: { default: locmem, [alias]: locmem } }, { isGlobal: false });
    @Module({ imports: [own('x')], controllers: [One] })
    class OneModule {}
    @Module({ imports: [own('y')], controllers: [Two] })
    class TwoModule {}
    @Module({ imports: [own('x')], controllers: [Two] })
    class WrongModule {}
    await boot([OneModule, TwoModule]);
    await expect(boot([OneModule, WrongModule])).rejects.toThrow(/@CachePage of Two\.list/);
    await expect(boot([OneModule, WrongModule])).rejects.not.toThrow(/One\.list/);
  });

  const ours = SentinelCacheModule.forRoot({ CACHES: { default: locmem } });
  class Narrower extends PageCacheInterceptor {}

  it.each<[string, Provider[]]>([
    ['useClass', [{ provide: APP_INTERCEPTOR, useClass: PageCacheInterceptor }]],
    ['useExisting', [PageCacheInterceptor, { provide: APP_INTERCEPTOR, useExisting: PageCacheInterceptor }]],
    [
      'useFactory',
      [{ provide: APP_INTERCEPTOR, inject: [PageRoutes], useFactory: (routes: PageRoutes) => new PageCacheInterceptor(routes) }],
    ],
    ['a class of it', [{ provide: APP_INTERCEPTOR, useClass: Narrower }]],
  ])('a route behind a guard is named where the interceptor is global by APP_INTERCEPTOR: %s', async (_how, providers) => {
    expect(await boot([ours], providers)).toEqual([expect.stringContaining('Shop.list')]);
  });

  it('and where it is global by useGlobalInterceptors', async () => {
    expect(await boot([ours], [], (routes) => new PageCacheInterceptor(routes))).toEqual([expect.stringContaining('Shop.list')]);
    expect(await boot([ours], [], () => undefined)).toEqual([]);
  });

  it('and where it is put on a route as an instance', async () => {
    @Controller('one')
    class One {
      @Get() @UseGuards(everybody) @UseInterceptors(new PageCacheInterceptor({} as PageRoutes)) list() {
        return [];
      }
    }
    @Module({ controllers: [One] })
    class OneModule {}
    expect(await boot([ours, OneModule])).toEqual([expect.stringContaining('One.list')]);
  });
});
