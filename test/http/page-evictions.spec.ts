import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate as turn } from 'node:timers/promises';

import { Controller, Delete, Get, HttpException, Param, Patch, Post, Put, Redirect, Res, UseInterceptors } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { CacheKey } from '@nestjs/cache-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CachePage,
  PageCacheInterceptor,
  Pages,
  REPLAYS,
  SentinelCaches,
  VaryOn,
  type PageEviction,
  type ReplayEvent,
} from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

const HIT = 'sentinel-cache; hit';
let runs = 0;
/** Requests that have come to the other process. */
let arrived = 0;
let gate: Promise<void> = Promise.resolve();
const closeGate = (): (() => void) => {
  let open!: () => void;
  gate = new Promise((resolve) => (open = resolve));
  return () => open();
};

interface Reply {
  header(name: string, value: string): unknown;
}

interface WholeReply extends Reply {
  status(code: number): unknown;
  send(body: string): unknown;
}

@Controller('shop')
@UseInterceptors(PageCacheInterceptor)
class Shop {
  @Get() @CachePage('15m', { keyPrefix: 'catalogue' }) list() {
    return { run: (runs += 1) };
  }
  @Get('items/:id') @CachePage('15m', { tags: ['items'] }) @VaryOn('Accept-Language') item(@Param('id') id: string) {
    return { id, run: (runs += 1) };
  }
  @Get('named') @CachePage('15m') @CacheKey('name') named() {
    return { run: (runs += 1) };
  }
  @Get('slow') @CachePage('15m', { tags: ['items'] }) async slow() {
    const run = (runs += 1);
    await gate;
    return { run };
  }
  @Get('other') @CachePage('15m') other() {
    return { run: (runs += 1) };
  }
  @Put('items/:id') change(@Param('id') id: string) {
    if (id === 'bad') throw new HttpException('no', 400);
    return 'changed';
  }
  @Post('items') create(@Res({ passthrough: true }) reply: Reply) {
    reply.header('Location', '/shop/items/1');
    reply.header('Content-Location', 'named');
    return 'created';
  }
  @Post('elsewhere') elsewhere(@Res({ passthrough: true }) reply: Reply) {
    reply.header('Location', 'https://elsewhere.example/shop/items/1');
    return 'created';
  }
  @Patch('items/:id') patch(@Param('id') id: string, @Res() reply: WholeReply) {
    if (id === 'bad') reply.status(400);
    reply.header('Content-Location', '/shop/other');
    setImmediate(() => reply.send('patched'));
  }
  @Delete('items/:id') @Redirect('/shop/other', 303) leave() {
    return;
  }
}

describe.each(PLATFORMS)('evictions of pages on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;
  /** Another process. */
  let others: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Shop] });
    const prepare = (app: INestApplication): unknown =>
      app.use((_request: unknown, _response: unknown, next: () => void) => {
        arrived += 1;
        next();
      });
    others = await startPageApp({ platform, settings, controllers: [Shop], prepare });
  });
  afterAll(async () => {
    await pages?.app.close();
    await others?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    gate = Promise.resolve();
    await pages.app.get(SentinelCaches).get().clear();
  });

  // One host for both: they are two processes behind one balancer.
  const asked = { headers: { host: 'shop.example' } };
  const german = { headers: { host: 'shop.example', 'accept-language': 'de' } };
  const get = (path: string, app = pages, how = asked) => app.ask(`/shop${path}`, how);
  async function cached(...paths: string[]): Promise<void> {
    for (const path of paths)
      for (const app of [pages, others]) await until(`${path} is cached`, async () => said(await get(path, app)) === HIT);
  }
  async function isGone(path: string): Promise<void> {
    expect(said(await get(path, others))).not.toBe(HIT);
  }

  it.each([
    [{ tags: 'items' }, ['/items/1', '/items/2'], ['', '/named', '/other']],
    [{ tags: ['catalogue', 'name'] }, ['', '/named'], ['/items/1', '/other']],
    [{ path: '/shop/items' }, ['/items/1', '/items/2'], ['', '/other']],
    [{ path: ['/Shop/Items/1/'] }, ['/items/1', '/items/1?a=1'], ['/items/2', '/items/11']],
    [{ path: '/' }, ['', '/items/1', '/named', '/other'], []],
  ])('%j drops these pages and no others, in every process', async (what, gone, stay) => {
    await cached(...gone, ...stay);
    await pages.app.get(Pages).evict(what);
    for (const path of stay) expect(said(await get(path, others))).toBe(HIT);
    for (const path of gone) await isGone(path);
  });

  it('all variants go, and none comes back when the address is learned anew', async () => {
    await cached('/items/1');
    await until('the variant is cached', async () => said(await get('/items/1', pages, german)) === HIT);
    await others.app.get(Pages).evict({ tags: 'items' });
    await cached('/items/1');
    expect(said(await get('/items/1', pages, german))).not.toBe(HIT);
  });

  it('an unsafe request that succeeds drops its own address, whatever the query, before it is answered', async () => {
    await cached('/items/1', '/items/1?size=2', '/items/2');
    await pages.ask('/shop/items/1', { method: 'PUT', ...asked });
    await isGone('/items/1');
    await isGone('/items/1?size=2');
    expect(said(await get('/items/2', others))).toBe(HIT);
    await cached('/items/bad');
    expect((await pages.ask('/shop/items/bad', { method: 'PUT', ...asked })).status).toBe(400);
    expect(said(await get('/items/bad', others))).toBe(HIT);
  });

  it('so does one whose handler responds past Nest, once its response is out', async () => {
    await cached('/items/1', '/items/bad', '/other');
    expect((await pages.ask('/shop/items/bad', { method: 'PATCH', ...asked })).status).toBe(400);
    expect(said(await get('/items/bad', others))).toBe(HIT);
    expect((await pages.ask('/shop/items/1', { method: 'PATCH', ...asked })).text).toBe('patched');
    for (const path of ['/items/1', '/other']) await until(`${path} is gone`, async () => said(await get(path, others)) !== HIT);
  });

  it('it drops Location and Content-Location as well, on the same host alone', async () => {
    await cached('/items/1', '/named', '/other');
    await pages.ask('/shop/elsewhere', { method: 'POST', ...asked });
    expect(said(await get('/items/1', others))).toBe(HIT);
    await pages.ask('/shop/items', { method: 'POST', ...asked });
    await isGone('/items/1');
    await isGone('/named');
    expect(said(await get('/other', others))).toBe(HIT);
    expect((await pages.ask('/shop/items/7', { method: 'DELETE', ...asked })).status).toBe(303);
    await isGone('/other');
  });

  it.each(['this process', 'another process'])(
    'a load that an eviction in %s overtook reaches its waiters and is not stored',
    async (who) => {
      const open = closeGate();
      const waiting = [get('/slow'), get('/slow')];
      await until('it runs', () => runs === 1);
      await (who === 'this process' ? pages : others).app.get(Pages).evict({ tags: 'items' });
      gate = Promise.resolve();
      const next = await get('/slow', who === 'this process' ? pages : others);
      expect(next.json).toEqual({ run: 2 });
      await until('a new page is stored', async () => said(await get('/slow', others)) === HIT);
      open();
      for (const { json } of await Promise.all(waiting)) expect(json).toEqual({ run: 1 });
      expect((await get('/slow', others)).json.run).toBeGreaterThan(1);
      await until('this process sees it', async () => (await get('/slow')).json.run > 1);
    },
  );

  it('generations outlive what they rule, and then expire', async () => {
    await cached('/items/1');
    const cache = pages.app.get(SentinelCaches).get();
    const lives = { page: [] as number[], generation: [] as number[] };
    for await (const keys of cache.iterStoredKeys('*'))
      for (const key of keys)
        lives[key.toString('latin1').includes('\0tag') ? 'generation' : 'page'].push(Number(await cache.command('PTTL', key)));
    expect(lives.generation.length).toBeGreaterThanOrEqual(4);
    for (const life of lives.generation) expect(life).toBeGreaterThan(Math.max(...lives.page.filter((left) => left <= 900_000)));
  });

  it('who asks another process after an eviction gets nothing that was begun before it', async () => {
    const open = closeGate();
    const before = [get('/slow', others), get('/slow', others)];
    await until('it runs', () => runs === 1);
    await pages.app.get(Pages).evict({ tags: 'items' });
    const after = [get('/slow', others), get('/slow', others)];
    await until('a second one runs', () => runs === 2);
    open();
    for (const { json } of await Promise.all(before)) expect(json).toEqual({ run: 1 });
    const seen = await Promise.all(after);
    for (const { json } of seen) expect(json.run).toBeGreaterThan(1);
  });

  it.each(['GET', 'HEAD'])(
    '%s gets no page that an eviction elsewhere overtook, while it is still to be stored',
    async (method) => {
      const open = closeGate();
      // Without a flight: its page is for those who ask before it is stored.
      const making = others.ask('/shop/slow', { headers: { ...asked.headers, 'cache-control': 'no-cache' } });
      await until('it runs', () => runs === 1);
      await pages.app.get(Pages).evict({ tags: 'items' });
      await redis.command('CLIENT', 'PAUSE', 600_000, 'WRITE');
      let next: Promise<unknown>;
      try {
        open();
        expect((await making).json).toEqual({ run: 1 });
        const before = arrived;
        next = others.ask('/shop/slow', { method, ...asked });
        await until('it is asked for', () => arrived > before);
        for (let turns = 0; turns < 100; turns += 1) await turn();
      } finally {
        await redis.command('CLIENT', 'UNPAUSE');
      }
      await next;
      expect(runs).toBe(2);
    },
  );

  it('who asks while one runs that nothing was dropped of waits for it', async () => {
    const open = closeGate();
    const first = get('/slow', others);
    await until('it runs', () => runs === 1);
    await pages.app.get(Pages).evict({ path: '/elsewhere' });
    const later = Array.from({ length: 20 }, () => get('/slow', others));
    const { length } = await Promise.race([Promise.all(later), get('/other', others).then(() => [])]);
    expect(length).toBe(0);
    open();
    for (const { json } of [await first, ...(await Promise.all(later))]) expect(json).toEqual({ run: 1 });
  });

  it('Pages.evict refuses what it does not know, and drops nothing', async () => {
    await cached('/items/1');
    const { evict } = { evict: (what: unknown) => pages.app.get(Pages).evict(what as PageEviction) };
    for (const what of [undefined, {}, { paths: '/shop' }, { tags: 7 }, { path: 5 }, { path: 'shop' }])
      await expect(evict(what)).rejects.toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
    expect(said(await get('/items/1', others))).toBe(HIT);
  });

  it('an eviction that Redis refuses is made up for; until then nothing old is served, nor anything stored', async () => {
    await cached('/items/1', '/other');
    const { run: old } = (await get('/items/1')).json;
    const outcomes: string[] = [];
    const hear = (event: unknown): void => void outcomes.push((event as ReplayEvent).outcome);
    subscribe(REPLAYS, hear);
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    try {
      expect((await pages.ask('/shop/items/1', { method: 'PUT', ...asked })).status).toBe(200);
      for (let i = 0; i < 3; i += 1) {
        const here = await get('/items/1');
        expect(here.json.run).toBeGreaterThan(old);
        expect([said(here), here.headers['cache-control'], here.headers.expires]).toEqual([
          'sentinel-cache; fwd=vary-miss; detail=outage',
          undefined,
          undefined,
        ]);
      }
      // What was not dropped is served.
      expect(said(await get('/other'))).toBe(HIT);
    } finally {
      await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 0);
    }
    await until('the other process hears of it', async () => (await get('/items/1', others)).json.run > old);
    await until('it is cached anew', async () => said(await get('/items/1')) === HIT);
    expect(outcomes).toContain('replayed');
    unsubscribe(REPLAYS, hear);
  });
});
