import { Controller, Get, HttpException, Injectable, Param, Post, Req, Res } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CacheEvict, CachePage, PageCacheInterceptor, SentinelCaches, type DjangoSettings } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from '../http/support/page-app.js';

const HIT = 'sentinel-cache; hit';

@Controller()
class Shop {
  @Get('catalogue') @CachePage('15m', { tags: ['catalogue'] }) list(): unknown {
    return {};
  }
  @Get('catalogue/items/:id') @CachePage('15m', { keyPrefix: 'items' }) item(@Param('id') id: string): unknown {
    return { id };
  }
  @Get('catalogue/items/:id/parts') @CachePage('15m') parts(): unknown {
    return {};
  }
  @Get('catalogues') @CachePage('15m') sibling(): unknown {
    return {};
  }
  @Get('kept') @CachePage('15m', { cache: 'pages', tags: ['catalogue'] }) kept(): unknown {
    return {};
  }
}
const PATHS = ['catalogue', 'catalogue/items/7', 'catalogue/items/a%2Fb%3Fc', 'catalogue/items/7/parts', 'catalogues', 'kept'];

@Injectable()
class Stock {
  @CacheEvict({ path: '/catalogue/items/{id}/parts', tags: 'items' }) async change(_: unknown, id: string): Promise<string> {
    return id;
  }
}

const MANY = Array.from({ length: 2500 }, (_, i) => i);

interface Request {
  readonly headers: Readonly<Record<string, string>>;
}

@Controller('office')
class Office {
  constructor(private readonly stock: Stock) {}
  @Post('tag') @CacheEvict('catalogue') tag(): void {}
  @Post('prefix') @CacheEvict({ tags: 'items' }) prefix(): void {}
  @Post('path') @CacheEvict({ path: '/catalogue/items' }) path(): void {}
  @Post('item/:id') @CacheEvict({ path: '/catalogue/items/{id}' }) item(@Param('id') id: string): string {
    return id;
  }
  @Post('result') @CacheEvict({ fromResult: ({ path }: { path: string }) => ({ path }) }) result(): unknown {
    return { path: '/catalogue/items/7/parts' };
  }
  @Post('pick')
  @CacheEvict(({ headers }: Request) => (headers['x-all'] ? { path: ['/catalogue', '/catalogues'] } : { tags: 'items' }))
  pick(@Req() _request: Request): void {}
  @Post('service/:id') service(@Param('id') id: string): Promise<string> {
    return this.stock.change(0, id);
  }
  @Post('refused') @CacheEvict({ tags: 'catalogue', path: '/' }) refused(
    @Res({ passthrough: true }) response: { status(code: number): unknown },
  ): void {
    response.status(409);
  }
  @Post('throws') @CacheEvict({ tags: 'catalogue', path: '/' }) throws(): never {
    throw new HttpException('no', 409);
  }
  @Post('answered') @CacheEvict('catalogue') answered(@Res() response: { send(body: string): unknown }): void {
    response.send('done');
  }
  @Post('none') @CacheEvict(() => undefined) none(): void {}
  @Post('many-tags') @CacheEvict(() => MANY.map((i) => (i === 2400 ? 'catalogue' : `tag ${i}`))) manyTags(): void {}
  @Post('many-paths')
  @CacheEvict(() => ({ path: MANY.map((i) => (i === 2400 ? '/catalogues' : `/none/${i}`)) }))
  manyPaths(): void {}
}

describe.each(PLATFORMS)('@CacheEvict and the pages of an application on %s', (platform) => {
  let redis: LocalRedis;
  let settings: DjangoSettings;
  let here: PageApp;
  /** Another process. */
  let others: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    settings = {
      CACHES: {
        default: { BACKEND: 'redis', LOCATION: redis.url(0) },
        pages: { BACKEND: 'redis', LOCATION: redis.url(1) },
      },
    };
    here = await startPageApp({ platform, settings, controllers: [Shop, Office], providers: [Stock] });
    others = await startPageApp({ platform, settings, controllers: [Shop] });
  });
  afterAll(async () => {
    await here?.app.close();
    await others?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    for (const alias of ['default', 'pages']) await here.app.get(SentinelCaches).get(alias).clear();
    for (const path of PATHS) await here.ask(`/${path}`);
    // A page is stored while its response is under way.
    await until('all pages are kept', async () => (await gone()).length === 0);
  });

  /** The pages that another process does not find any more. */
  async function gone(): Promise<string[]> {
    const responses = await Promise.all(PATHS.map(async (path) => [path, said(await others.ask(`/${path}`))] as const));
    return responses.flatMap(([path, status]) => (status === HIT ? [] : [path]));
  }

  const below = (path: string): string[] => PATHS.filter((one) => one === path || one.startsWith(`${path}/`));
  it.each<[string, string, string[]]>([
    ['a tag takes away pages that bear it, in whatever cache', 'tag', ['catalogue', 'kept']],
    ['a tag takes away pages whose prefix it is', 'prefix', PATHS.slice(1, 3)],
    ['a path takes away all pages below it', 'path', below('catalogue/items')],
    ['a path with a parameter takes away pages below that', 'item/7', below('catalogue/items/7')],
    ['a parameter stands in a path as in an address', 'item/a%2Fb%3Fc', ['catalogue/items/a%2Fb%3Fc']],
    ['a function of the result names a path', 'result', ['catalogue/items/7/parts']],
    ['a function picks tags by request', 'pick', PATHS.slice(1, 3)],
    ['a method of a provider takes away pages by path and tag', 'service/7', PATHS.slice(1, 4)],
    ['a handler that answers by itself takes away what it names', 'answered', ['catalogue', 'kept']],
    ['2500 tags are more than one eviction takes, and all go', 'many-tags', ['catalogue', 'kept']],
    ['2500 paths are more than one eviction takes, and all go', 'many-paths', ['catalogues']],
    ['a status from 400 takes nothing away', 'refused', []],
    ['an error takes nothing away', 'throws', []],
    ['a function that names nothing takes nothing away', 'none', []],
  ])('%s', async (_, path, expected) => {
    const { status } = await here.ask(`/office/${path}`, { method: 'POST' });
    expect(status).toBe(['refused', 'throws'].includes(path) ? 409 : 201);
    expect((await gone()).sort()).toEqual([...expected].sort());
  });

  it('a status from 400 takes nothing away where the interceptor of pages is global', async () => {
    const around = await startPageApp({
      platform,
      settings,
      controllers: [Shop, Office],
      providers: [Stock],
      prepare: (app) => app.useGlobalInterceptors(app.get(PageCacheInterceptor)),
    });
    await around.ask('/office/refused', { method: 'POST' });
    expect(await gone()).toEqual([]);
    await around.ask('/office/tag', { method: 'POST' });
    expect((await gone()).sort()).toEqual(['catalogue', 'kept']);
    await around.app.close();
  });

  it('a function picks paths by request', async () => {
    await here.ask('/office/pick', { method: 'POST', headers: { 'x-all': '1' } });
    expect((await gone()).sort()).toEqual([...below('catalogue'), 'catalogues'].sort());
  });

  it('a tag takes entries away as well, in a cache with tags', async () => {
    const { CACHES } = settings as unknown as { CACHES: Record<string, object> };
    const withTags = {
      CACHES: { ...CACHES, default: { ...CACHES['default'], OPTIONS: { tags: true } } },
    } as unknown as DjangoSettings;
    const tagged = await startPageApp({ platform, settings: withTags, controllers: [Shop, Office], providers: [Stock] });
    const cache = tagged.app.get(SentinelCaches).get();
    await cache.set('report', 1, null, { tags: ['catalogue'] });
    await tagged.ask('/office/tag', { method: 'POST' });
    expect(await cache.has('report')).toBe(false);
    expect((await gone()).sort()).toEqual(['catalogue', 'kept']);
    await tagged.app.close();
  });

  it('an application without pages takes away those that others keep in the cache that it names', async () => {
    @Controller('admin')
    class Admin {
      @Post('here') @CacheEvict({ path: '/catalogue', cache: 'default' }) here(): void {}
      @Post('there') @CacheEvict({ path: '/kept', cache: 'pages' }) there(): void {}
    }
    const admin = await startPageApp({ platform, settings, controllers: [Admin] });
    await admin.ask('/admin/there', { method: 'POST' });
    expect(await gone()).toEqual(['kept']);
    await admin.ask('/admin/here', { method: 'POST' });
    expect((await gone()).sort()).toEqual(below('catalogue').sort());
    await admin.app.close();
  });
});
