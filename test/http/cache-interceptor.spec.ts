import { Cache, CACHE_MANAGER, CacheInterceptor, CacheKey, CacheTTL } from '@nestjs/cache-manager';
import { Body, Controller, Get, Inject, Param, Post, UseInterceptors, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, startLocalSentinel, type LocalRedis, type LocalSentinel } from 'local-sentinel';
import {
  getCacheManagerToken,
  InjectCache,
  SentinelCache,
  SentinelCacheModule,
  SentinelCaches,
  type DjangoSettings,
} from 'nestjs-sentinel-cache';
import { timed, until } from '../cache/support/waiting.js';
import { LogLines } from '../nest/support/log-lines.js';

const TIMEOUT_S = 77;

@Controller()
@UseInterceptors(CacheInterceptor)
class Catalogue {
  calls = 0;

  constructor(
    @Inject(CACHE_MANAGER) private readonly manager: Cache,
    @InjectCache('other') private readonly other: SentinelCache,
  ) {}

  @Get('products')
  @CacheKey('products')
  @CacheTTL(60_000)
  products() {
    this.calls += 1;
    return { run: this.calls, list: ['ünï', null, 1.5, { big: true }] };
  }

  @Get('brief')
  @CacheTTL(400)
  brief() {
    return { run: (this.calls += 1) };
  }

  @Get('plain')
  plain() {
    return { run: (this.calls += 1) };
  }

  @Get('for-ever')
  @CacheKey('for-ever')
  @CacheTTL(0)
  forEver() {
    return { run: (this.calls += 1) };
  }

  @Get('made')
  @CacheKey((context) => `made:${context.switchToHttp().getRequest<{ query: { n: string } }>().query.n}`)
  @CacheTTL((context) => 1000 * Number(context.switchToHttp().getRequest<{ query: { n: string } }>().query.n))
  made() {
    return { run: (this.calls += 1) };
  }

  @Get('text')
  @CacheKey('text')
  text() {
    this.calls += 1;
    return 'Grüße';
  }

  @Get('list/:id')
  list(@Param('id') id: string) {
    return { id, run: (this.calls += 1) };
  }

  @Post('products')
  async change(@Body() body: { name: string }) {
    await this.manager.del('products');
    await this.other.set('changed', body.name, 60);
    return { changed: true };
  }
}

@Controller('class-wide')
@UseInterceptors(CacheInterceptor)
@CacheTTL(30_000)
class ClassWide {
  @Get()
  @CacheKey('class-wide')
  get() {
    return 1;
  }
}

interface HttpResponse {
  readonly status: number;
  readonly cache: string | null;
  readonly body: any;
}

const PLATFORMS = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

async function listen(
  adapter: ExpressAdapter | FastifyAdapter,
  settings: DjangoSettings,
): Promise<{ app: INestApplication; ask: (path: string, init?: RequestInit) => Promise<HttpResponse> }> {
  const testing = await Test.createTestingModule({
    imports: [SentinelCacheModule.forRoot(settings)],
    controllers: [Catalogue, ClassWide],
  })
    .setLogger(new LogLines())
    .compile();
  const app = testing.createNestApplication(adapter as ExpressAdapter);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}/${path}`, init);
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, cache: response.headers.get('x-cache'), body: json ? JSON.parse(text) : text };
  };
  return { app, ask };
}

let redis: LocalRedis;
let topology: LocalSentinel;
beforeAll(async () => {
  [redis, topology] = await Promise.all([
    startLocalRedis({ password: 'admin' }),
    startLocalSentinel({ replicas: 1, sentinels: 3, password: 'admin' }),
  ]);
});
afterAll(async () => {
  await redis?.stop();
  await topology?.stop();
});

const BACKENDS = [
  [
    'Sentinel',
    () => ({
      BACKEND: 'django_redis.cache.RedisCache',
      LOCATION: topology.location('mymaster', 1),
      OPTIONS: { PASSWORD: 'admin', CLIENT_CLASS: 'django_sentinel.SentinelClient', deadline: '5s' },
    }),
  ],
  ['one Redis', () => ({ BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS: { deadline: '5s' } })],
] as const;

describe.each(PLATFORMS)('on %s', (_, adapter) => {
  describe.each(BACKENDS)('and %s', (_name, backend) => {
    let app: INestApplication;
    let ask: (path: string, init?: RequestInit) => Promise<HttpResponse>;
    let cache: SentinelCache;
    let calls: () => number;

    beforeAll(async () => {
      const setting = { ...backend(), TIMEOUT: TIMEOUT_S };
      ({ app, ask } = await listen(adapter(), {
        default: { ...setting, KEY_PREFIX: 'shop' },
        other: { ...setting, KEY_PREFIX: 'other' },
      }));
      cache = app.get(SentinelCache);
      const catalogue = app.get(Catalogue);
      calls = () => catalogue.calls;
    });
    afterAll(async () => {
      await app?.close();
    });
    beforeEach(async () => {
      await cache.clear();
      await app.get(SentinelCaches).get('other').clear();
      app.get(Catalogue).calls = 0;
    });

    const stored = (key: string) => until(`${key} is stored`, () => cache.has(key));

    it('the CacheInterceptor answers MISS, then HIT with the same body, and runs the handler once', async () => {
      const first = await ask('products');
      expect(first).toMatchObject({ status: 200, cache: 'MISS', body: { run: 1, list: ['ünï', null, 1.5, { big: true }] } });
      await stored('products');
      for (let i = 0; i < 3; i += 1) expect(await ask('products')).toEqual({ ...first, cache: 'HIT' });
      expect(calls()).toBe(1);
    });

    it('keeps it under cache.makeKey(key), as bytes that SentinelCache and Django read', async () => {
      await ask('products');
      await stored('products');
      expect(cache.makeKey('products')).toBe('shop:1:products');
      expect(await cache.command('EXISTS', 'shop:1:products')).toBe(1);
      expect(await cache.get('products')).toEqual({ run: 1, list: ['ünï', null, 1.5, { big: true }] });
      const bytes = (await cache.command('GET', 'shop:1:products')) as Buffer;
      await cache.set('same', { run: 1, list: ['ünï', null, 1.5, { big: true }] }, 60);
      expect(await cache.command('GET', 'shop:1:same')).toEqual(bytes);
      expect(await cache.command('DBSIZE')).toBe(2);
    });

    it('serves what SentinelCache.set has written, without running the handler', async () => {
      await cache.set('products', { from: 'elsewhere' }, 60);
      expect(await ask('products')).toEqual({ status: 200, cache: 'HIT', body: { from: 'elsewhere' } });
      expect(calls()).toBe(0);
      await cache.set('text', 'Grüße von Django', 60);
      expect(await ask('text')).toMatchObject({ cache: 'HIT', body: 'Grüße von Django' });
    });

    it('a write through CACHE_MANAGER.del makes the next GET run the handler again', async () => {
      await ask('products');
      await stored('products');
      const change = await ask('products', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"new"}',
      });
      expect(change).toMatchObject({ status: 201, body: { changed: true } });
      expect(await ask('products')).toMatchObject({ cache: 'MISS', body: { run: 2 } });
      expect(await app.get(SentinelCaches).get('other').get('changed')).toBe('new');
      expect(await app.get<Cache>(getCacheManagerToken('other')).get('changed')).toBe('new');
    });

    it('pain 1: @CacheTTL is milliseconds: in PTTL, and in what the reader sees', async () => {
      await ask('products');
      await stored('products');
      const left = Number(await cache.command('PTTL', 'shop:1:products'));
      expect(left).toBeLessThanOrEqual(60_000);
      expect(left).toBeGreaterThan(40_000);
      expect(await ask('brief')).toMatchObject({ cache: 'MISS', body: { run: 2 } });
      await until('it runs again', async () => (await ask('brief')).body.run > 2);
    });

    it('takes @CacheTTL of the class, and functions for key and ttl', async () => {
      await ask('class-wide');
      await stored('class-wide');
      const left = (await cache.pttl('class-wide'))!;
      expect(left).toBeLessThanOrEqual(30_000);
      expect(left).toBeGreaterThan(20_000);
      await ask('made?n=50');
      await stored('made:50');
      expect(await cache.ttl('made:50')).toBeLessThanOrEqual(50);
      expect(await cache.ttl('made:50')).toBeGreaterThan(30);
    });

    it('pain 2: without @CacheTTL it lives for TIMEOUT, under the URL', async () => {
      await ask('plain');
      await stored('/plain');
      expect(await cache.ttl('/plain')).toBeLessThanOrEqual(TIMEOUT_S);
      expect(await cache.ttl('/plain')).toBeGreaterThan(TIMEOUT_S - 20);
      await ask('list/2?q=ä b');
      await stored('/list/2?q=%C3%A4%20b');
      expect(await ask('list/3')).toMatchObject({ cache: 'MISS', body: { id: '3' } });
    });

    it('with @CacheTTL(0) it lives for ever', async () => {
      await ask('for-ever');
      await stored('for-ever');
      expect(await cache.command('PTTL', 'shop:1:for-ever')).toBe(-1);
      expect(await ask('for-ever')).toMatchObject({ cache: 'HIT' });
    });
  });

  it('pain 7, pain 8: during an outage each request runs the handler and answers 200 in time; it caches again by itself afterwards', async () => {
    const own = await startLocalRedis();
    const { app, ask } = await listen(adapter(), {
      default: { BACKEND: 'redis', LOCATION: own.url(0) },
      other: { BACKEND: 'dummy' },
    });
    try {
      await ask('products');
      await until('it is stored', () => app.get(SentinelCache).has('products'));
      expect(await ask('products')).toMatchObject({ cache: 'HIT' });
      await own.kill();
      for (let run = 2; run <= 4; run += 1) {
        const { value } = await timed(ask('products'), 60_000);
        expect(value).toMatchObject({ status: 200, cache: 'MISS', body: { run } });
      }
      await own.restart();
      await until('it is served from the cache again', async () => (await ask('products')).cache === 'HIT');
    } finally {
      await app.close();
      await own.stop();
    }
  });

  it('pain 8: with Redis frozen by SIGSTOP the handler runs and answers 200 in time', async () => {
    const own = await startLocalRedis();
    const { app, ask } = await listen(adapter(), {
      default: { BACKEND: 'redis', LOCATION: own.url(0) },
      other: { BACKEND: 'dummy' },
    });
    try {
      await app.get(SentinelCache).set('warm', 1, 60);
      await own.hang();
      const { value } = await timed(Promise.all([ask('products'), ask('plain'), ask('text')]), 60_000);
      expect(value.map(({ status, cache }) => [status, cache])).toEqual([
        [200, 'MISS'],
        [200, 'MISS'],
        [200, 'MISS'],
      ]);
    } finally {
      await app.close();
      await own.stop();
    }
  });
});
