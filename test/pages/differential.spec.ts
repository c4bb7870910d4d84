import { Controller, Get, Header, Headers, Param, Put, Query, UseInterceptors } from '@nestjs/common';
import {
  Injectable,
  Req,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, PageCacheInterceptor, Pages, SentinelCaches, VaryOn } from 'nestjs-sentinel-cache';
import { PLATFORMS, said, startPageApp, type HttpResponse, type AskOptions, type PageApp } from '../http/support/page-app.js';

const STEPS = Number(process.env['STEPS'] ?? 5000);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Where pages come from, and how many steps that takes. */
const PASSES = PLATFORMS.flatMap((platform) => [
  { platform, from: 'Redis', OPTIONS: {}, steps: STEPS },
  { platform, from: 'the near tier', OPTIONS: { nearCache: { maxAge: '1h' } }, steps: Math.ceil(STEPS / 4) },
]);

/** What the pages show; each write makes it anew. */
const versions = new Map<string, number>();
const versionOf = (id: string): number => versions.get(id) ?? 0;

interface Asked {
  readonly headers: Record<string, string | undefined>;
  user?: string | undefined;
}

/** Knows users by their token, as a guard does. */
@Injectable()
class Users implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const asked = context.switchToHttp().getRequest<Asked>();
    asked.user = asked.headers['authorization'];
    return true;
  }
}

/** The same routes, with the cache and without it. */
function routes(isCached: boolean): Type {
  const Page = (options: Parameters<typeof CachePage>[1] = {}): MethodDecorator =>
    isCached ? CachePage('15m', options) : () => undefined;
  const Unsafe = (): MethodDecorator => (isCached ? UseInterceptors(PageCacheInterceptor) : () => undefined);

  @Controller('items')
  @UseGuards(Users)
  class Items {
    @Get(':id') @Page() one(@Param('id') id: string, @Query('q') q: unknown, @Req() asked: Asked) {
      return { id, q, version: versionOf(id), user: asked.user ?? null };
    }
    @Get(':id/language') @Page() @VaryOn('Accept-Language') language(@Param('id') id: string, @Req() asked: Asked) {
      return { id, version: versionOf(id), language: asked.headers['accept-language'] ?? null };
    }
    @Get(':id/own') @Page() @VaryOn('Authorization') own(@Param('id') id: string, @Req() asked: Asked) {
      return { id, version: versionOf(id), user: asked.user ?? null };
    }
    @Get(':id/shared') @Page({ shared: true, tags: ['shared'] }) shared(@Param('id') id: string) {
      return { id, version: versionOf(id) };
    }
    @Get(':id/host') @Page({ query: 'sorted' }) host(@Param('id') id: string, @Headers('host') host: string) {
      return { id, version: versionOf(id), host };
    }
    @Get(':id/text') @Page() @Header('X-Kind', 'text') text(@Param('id') id: string) {
      return `text ${id} ${versionOf(id)}`;
    }
    @Put(':id') @Unsafe() write(@Param('id') id: string) {
      versions.set(id, versionOf(id) + 1);
      return { id };
    }
  }
  return Items;
}

/** Numbers from 0 to below 1; the same seed gives the same (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Headers in which a cached response may differ. */
const OWN = new Set(['date', 'age', 'expires', 'etag', 'cache-control', 'cache-status', 'vary', 'connection', 'keep-alive']);
const compared = ({ status, headers, text }: HttpResponse): unknown => ({
  status,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name))),
  text,
});

describe.each(PASSES)('no difference but speed, on $platform, pages from $from', ({ platform, OPTIONS, steps }) => {
  let redis: LocalRedis;
  let cached: PageApp;
  let plain: PageApp;
  const prepare = (app: INestApplication): void => app.enableCors({ origin: true });

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(), OPTIONS } } };
    cached = await startPageApp({ platform, settings, controllers: [routes(true)], prepare });
    plain = await startPageApp({ platform, settings, controllers: [routes(false)], prepare });
  });
  afterAll(async () => {
    await cached?.app.close();
    await plain?.app.close();
    await redis?.stop();
  });

  it(`${steps} random requests, writes and evictions are answered as without a cache; SEED=${SEED}`, async () => {
    const random = randomOf(SEED);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    const tags = new Map<string, string>();
    let hits = 0;
    for (let step = 0; step < steps; step += 1) {
      const id = String(Math.floor(random() * 4));
      if (random() < 0.02) {
        // One that has its own address dropped, then what else shows it.
        await cached.ask(`/items/${id}`, { method: 'PUT' });
        await cached.app.get(Pages).evict(pick([{ path: `/items/${id}` }, { path: '/items', tags: 'shared' }]));
        continue;
      }
      const path = `/items/${id}${pick(['', '', '/language', '/own', '/shared', '/host', '/text'])}${pick(['', '?q=1', '?q=1&q=2', '?a=1&q=1'])}`;
      const host = pick(['a.example', 'b.example']);
      const headers: Record<string, string> = {
        host,
        ...(random() < 0.3 ? { authorization: pick(['ada', 'bob']) } : {}),
        ...(random() < 0.2 ? { cookie: pick(['sid=1', 'sid=2']) } : {}),
        ...(random() < 0.4 ? { 'accept-language': pick(['de', 'en']) } : {}),
        ...(random() < 0.1 ? { origin: pick(['https://a.example', 'https://c.example']) } : {}),
        ...(random() < 0.1 ? { 'x-forwarded-host': 'evil.example' } : {}),
        ...(random() < 0.05 ? { range: 'bytes=0-1' } : {}),
        ...(random() < 0.05 ? { 'cache-control': pick(['no-cache', 'no-store', 'max-age=0']) } : {}),
      };
      const how: AskOptions = { headers, method: random() < 0.1 ? 'HEAD' : 'GET' };
      const [ours, theirs] = [await cached.ask(path, how), await plain.ask(path, how)];
      const where = `step ${step} of SEED=${SEED}: ${how.method} ${path} ${JSON.stringify(headers)}: ${said(ours)}`;
      expect([where, compared(ours)]).toEqual([where, compared(theirs)]);
      if (said(ours).startsWith('sentinel-cache; hit')) hits += 1;
      const { etag } = ours.headers;
      if (how.method === 'HEAD' || typeof etag !== 'string' || !etag.startsWith('"')) continue;
      // A strong tag stands for these bytes and no others.
      expect([where, tags.get(etag) ?? ours.text]).toEqual([where, ours.text]);
      tags.set(etag, ours.text);
      if (random() < 0.2) {
        const again = await cached.ask(path, { headers: { ...headers, 'if-none-match': etag } });
        expect([where, again.status === 304 ? ours.text : again.text]).toEqual([where, theirs.text]);
      }
    }
    expect(hits).toBeGreaterThan(steps / 20);
    const near = cached.app.get(SentinelCaches).near();
    if (near) expect(near.hits).toBeGreaterThan(steps / 40);
  });
});
