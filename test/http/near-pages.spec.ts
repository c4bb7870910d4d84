import type { ServerResponse } from 'node:http';

import { Controller, Get, Param, Put, Req, Res, UseInterceptors } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, PageCacheInterceptor, Pages, SentinelCaches, VaryOn } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { LinkProxy } from '../near/support/link-proxy.js';
import { PLATFORMS, said, startPageApp, type HttpResponse, type PageApp, type PageAppOptions } from './support/page-app.js';

const HIT = 'sentinel-cache; hit';
/** Nothing is served that was dropped longer ago, whatever becomes of the link. */
const BOUND_MS = 1500;
let runs = 0;

interface Asked {
  readonly headers: Record<string, string | undefined>;
}
interface Reply {
  header(name: string, value: string | string[]): unknown;
}

@Controller()
@UseInterceptors(PageCacheInterceptor)
class Site {
  @Get('items/:id') @CachePage('15m', { tags: ['items'], keyPrefix: 'shop' }) item(@Param('id') id: string) {
    return { id, run: (runs += 1) };
  }
  @Put('items/:id') change(@Param('id') id: string) {
    return { id };
  }
  @Get('large') @CachePage('15m') large() {
    return { run: (runs += 1), text: 'ä'.repeat(20_000) };
  }
  @Get('short') @CachePage('2s') short() {
    return { run: (runs += 1) };
  }
  @Get('stale') @CachePage('1s', { staleWhileRevalidate: '10m' }) stale() {
    return { run: (runs += 1) };
  }
  @Get('languages') @CachePage('15m') @VaryOn('Accept-Language') languages(@Req() { headers }: Asked) {
    return { run: (runs += 1), language: headers['accept-language'] ?? null };
  }
  @Get('linked') @CachePage('15m') linked(@Res({ passthrough: true }) reply: Reply) {
    reply.header('Link', ['</a>', '</b>']);
    return { run: (runs += 1) };
  }
  @Get('learned') @CachePage('15m') learned(@Req() { headers }: Asked, @Res({ passthrough: true }) reply: Reply) {
    reply.header('Vary', 'X-Kind');
    return { run: (runs += 1), kind: headers['x-kind'] ?? null };
  }
}

const timeless = (headers: HttpResponse['headers']): HttpResponse['headers'] => ({
  ...headers,
  age: undefined,
  'cache-status': undefined,
});

describe.each(PLATFORMS)('pages from the near tier on %s', (platform) => {
  let redis: LocalRedis;
  let proxy: LinkProxy;
  let pages: PageApp;
  /** Another process. */
  let others: PageApp;

  const start = (port: number, nearCache: object = {}, more: Partial<PageAppOptions> = {}): Promise<PageApp> => {
    const OPTIONS = { nearCache: { maxAge: '1h', ...nearCache } };
    const settings = {
      CACHES: { default: { BACKEND: 'redis', LOCATION: `redis://127.0.0.1:${port}`, KEY_PREFIX: 'app', OPTIONS } },
    };
    return startPageApp({ platform, settings, controllers: [Site], ...more });
  };

  beforeAll(async () => {
    redis = await startLocalRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    runs = 0;
    await redis.command('FLUSHALL');
    proxy = await LinkProxy.listen(redis.primary.port);
    [pages, others] = await Promise.all([start(proxy.port), start(redis.primary.port)]);
  });
  afterEach(async () => {
    await Promise.all([pages, others].map((app) => app?.app.close()));
    await proxy?.close();
  });

  const get = (path: string, app = pages, headers: Record<string, string> = {}): Promise<HttpResponse> =>
    app.ask(path, { headers: { host: 'shop.example', ...headers } });
  const runOf = async (path: string, app = pages): Promise<number> => (await get(path, app)).json.run;
  const figures = (app: PageApp) => app.app.get(SentinelCaches).near()!;
  /** Whether this process answered without asking Redis. */
  async function isNear(path: string, app = pages, headers = {}): Promise<boolean> {
    const { hits } = figures(app);
    const response = await get(path, app, headers);
    return said(response) === HIT && figures(app).hits === hits + 1;
  }
  const untilNear = (path: string, app = pages, headers = {}): Promise<void> =>
    until(`${path} is near`, () => isNear(path, app, headers));
  /** Freezes the link while a page is near: what is dropped from here on was dropped by this process. */
  async function freeze(path: string): Promise<void> {
    for (;;) {
      await untilNear(path);
      proxy.freeze();
      if (await isNear(path)) return;
      proxy.thaw();
    }
  }
  const pageKeys = async (): Promise<string[]> => (await redis.command('KEYS', '*:page.*')) as string[];
  /** What is left of the one page that there is, in milliseconds; below 0: there is none. */
  const leftMs = async (): Promise<number> => Number(await redis.command('PTTL', (await pageKeys())[0] ?? 'none'));
  /** How often Redis was asked something, signs of life and this question aside. */
  async function asked(): Promise<number> {
    const text = String(await redis.command('INFO', 'commandstats'));
    const counts = [...text.matchAll(/cmdstat_(\w+)\S*:calls=(\d+)/g)];
    return counts.reduce(
      (sum, [, name, calls]) => (/^(?:ping|info|config|hello|client)$/.test(name!) ? sum : sum + Number(calls)),
      0,
    );
  }

  it.each(['/items/1', '/large', '/languages'])('a hit asks Redis nothing, and is the page byte for byte: %s', async (path) => {
    await untilNear(path, others);
    const fromRedis = await get(path);
    await untilNear(path);
    const before = await asked();
    for (let i = 0; i < 20; i += 1) {
      expect(await isNear(path)).toBe(true);
      const { status, headers, body } = await get(path);
      expect([status, timeless(headers), body.equals(fromRedis.body)]).toEqual([200, timeless(fromRedis.headers), true]);
    }
    expect(await get(path, pages, { 'if-none-match': String(fromRedis.headers['etag']) })).toMatchObject({ status: 304 });
    expect(await pages.ask(path, { method: 'HEAD', headers: { host: 'shop.example' } })).toMatchObject({ status: 200, text: '' });
    expect((await asked()) - before).toBe(0);
    expect(runs).toBe(1);
  });

  it('each request gets a copy: what a middleware does to the bytes and headers of one is not seen by the next', async () => {
    const spoil = (_request: unknown, response: ServerResponse, next: () => void): void => {
      const { end } = response;
      response.end = function (this: ServerResponse, ...args: [Buffer]) {
        const links = response.getHeader('link');
        const sent = end.apply(this, args as unknown as Parameters<typeof end>);
        if (Array.isArray(links)) links.push('</spoiled>');
        if (Buffer.isBuffer(args[0])) args[0].fill('x');
        return sent;
      } as typeof end;
      next();
    };
    const spoiling = await start(redis.primary.port, {}, { prepare: (app) => app.use(spoil) });
    await get('/linked', others);
    await untilNear('/linked', spoiling);
    for (let i = 0; i < 3; i += 1) {
      expect(await isNear('/linked', spoiling)).toBe(true);
      const { text, headers } = await get('/linked', spoiling);
      expect([text, headers['link']]).toEqual(['{"run":1}', '</a>, </b>']);
    }
    await spoiling.app.close();
  });

  it('is near once it was read from Redis for the first time', async () => {
    let id = 0;
    // While the link is being armed nothing is kept: another address is tried.
    await until('the first read is kept', async () => {
      const path = `/items/${(id += 1)}`;
      await until(`${path} is stored`, async () => said(await get(path, others)) === HIT);
      await get(path);
      return isNear(path);
    });
    expect(runs).toBe(id);
  });

  it('is as old as Redis says: `Age` and `ttl` go on from what was left when it was read', async () => {
    await until('it has an age in Redis', async () => Number((await get('/items/1', others)).headers['age'] ?? 0) >= 2);
    await untilNear('/items/1');
    const beforeMs = await leftMs();
    const { headers } = await get('/items/1');
    const afterMs = await leftMs();
    const ttl = Number(/ttl=(\d+)/.exec(String(headers['cache-status']))![1]);
    // What the fill took is counted as age.
    expect([ttl * 1000 <= beforeMs, ttl * 1000 > afterMs - 5000]).toEqual([true, true]);
    const age = Number(headers['age']);
    expect([age >= 2, age * 1000 < 900_000 - afterMs + 5000]).toEqual([true, true]);
    await until('it grows', async () => {
      const again = await get('/items/1');
      return said(again) === HIT && Number(again.headers['age']) > Number(headers['age']);
    });
    expect(runs).toBe(1);
  });

  it('is never sent past its end, though nobody says that it has come', async () => {
    for (;;) {
      await untilNear('/short');
      await until('it is about to end', async () => (await leftMs()) < 500);
      proxy.freeze();
      const { hits } = figures(pages);
      const { run } = (await get('/short')).json;
      const wasNear = figures(pages).hits > hits;
      await until('Redis has it no more', async () => (await pageKeys()).length === 0);
      if (wasNear) return expect(await runOf('/short')).toBeGreaterThan(run);
      proxy.thaw();
    }
  });

  it('is kept for maxAge at most', async () => {
    const brief = await start(redis.primary.port, { maxAge: '300ms' });
    await untilNear('/items/1', brief);
    await until('Redis is asked for it', async () => !(await isNear('/items/1', brief)));
    expect(runs).toBe(1);
    await brief.app.close();
  });

  it('takes maxBytes at most, what it stands on counted', async () => {
    const small = await start(redis.primary.port, { maxBytes: '10kb' });
    for (let i = 0; i < 20; i += 1) await untilNear(`/items/${i}`, small);
    expect(figures(small).bytes).toBeLessThanOrEqual(10 * 1024);
    expect(figures(small).entries).toBeLessThan(10);
    await small.app.close();
  });

  it('is asked for once it is stale: it may have been made anew', async () => {
    await untilNear('/stale');
    await until('it is stale', async () => (await leftMs()) < 600_000);
    const { hits } = figures(pages);
    const stale = await get('/stale');
    expect([said(stale), String(stale.headers['cache-status'])]).toEqual([HIT, expect.stringMatching(/ttl=-\d+/)]);
    expect(figures(pages).hits).toBe(hits);
    await until('it was made anew', async () => (await runOf('/stale')) > stale.json.run);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['Pages.evict of a tag', () => pages.app.get(Pages).evict({ tags: 'items' })],
    ['Pages.evict of its prefix', () => pages.app.get(Pages).evict({ tags: 'shop' })],
    ['Pages.evict of a path', () => pages.app.get(Pages).evict({ path: '/items' })],
    ['Pages.evict of all', () => pages.app.get(Pages).evict({ path: '/' })],
    ['an unsafe request', () => pages.ask('/items/1', { method: 'PUT', headers: { host: 'shop.example' } })],
    ['cache.clear()', () => pages.app.get(SentinelCaches).get().clear()],
    ['cache.deletePattern()', () => pages.app.get(SentinelCaches).get().deletePattern('page.*')],
    ['a request that wants no cache', () => get('/items/1', pages, { 'cache-control': 'no-cache' })],
    ['a request that wants a younger one', () => get('/items/1', pages, { 'cache-control': 'max-age=0' })],
  ])('what this process drops or stores is seen at once, though the link says nothing: %s', async (_, drop) => {
    await freeze('/items/1');
    const old = await runOf('/items/1');
    await drop();
    for (let i = 0; i < 5; i += 1) expect(await runOf('/items/1')).toBeGreaterThan(old);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['an eviction of a tag', () => others.app.get(Pages).evict({ tags: 'items' })],
    ['an eviction of a path', () => others.app.get(Pages).evict({ path: '/items/1' })],
    ['an unsafe request', () => others.ask('/items/1', { method: 'PUT', headers: { host: 'shop.example' } })],
    ['a page that is made anew', () => get('/items/1', others, { 'cache-control': 'no-cache' })],
    ['DEL of the page', async () => redis.command('DEL', ...(await pageKeys()))],
    ['other bytes', async () => redis.command('SET', (await pageKeys())[0]!, 'no page')],
    ['another life', async () => redis.command('PEXPIRE', (await pageKeys())[0]!, 86_400_000)],
    ['DEL of a generation', async () => redis.command('DEL', 'app:\0tag:items')],
    ['FLUSHALL', () => redis.command('FLUSHALL')],
  ])('what another program does is heard: %s', async (_, change) => {
    await untilNear('/items/1');
    const old = await runOf('/items/1');
    await change();
    await until('it is heard', async () => (await runOf('/items/1')) > old, 20_000);
  });

  it('an eviction of one page leaves the others near', async () => {
    for (const id of [1, 2, 3]) await untilNear(`/items/${id}`);
    const old = await runOf('/items/1');
    await others.app.get(Pages).evict({ path: '/items/1' });
    await until('it is heard', async () => (await runOf('/items/1')) > old);
    for (const id of [2, 3]) expect(await isNear(`/items/${id}`)).toBe(true);
  });

  it('with a link that hangs nothing is sent that another process dropped 1.5 s ago', async () => {
    await freeze('/items/1');
    const old = await runOf('/items/1');
    await others.app.get(Pages).evict({ tags: 'items' });
    const droppedAtMs = performance.now();
    let lastMs = 0;
    while (lastMs < 10 * BOUND_MS) {
      const askedAtMs = performance.now();
      if ((await runOf('/items/1')) > old) break;
      lastMs = askedAtMs - droppedAtMs;
    }
    expect(lastMs).toBeLessThan(BOUND_MS);
  });

  it('without a link pages come from Redis', async () => {
    await untilNear('/items/1');
    proxy.freeze();
    await until('the link is given up', async () => !(await isNear('/items/1')), 20_000);
    const before = await asked();
    for (let i = 0; i < 10; i += 1) {
      expect(await isNear('/items/1')).toBe(false);
      expect(said(await get('/items/1'))).toBe(HIT);
    }
    expect((await asked()) - before).toBeGreaterThanOrEqual(20);
    proxy.thaw();
    await untilNear('/items/1');
    proxy.cut();
    await until('it is near again, over another link', async () => figures(pages).flushes > 2 && (await isNear('/items/1')));
    expect(runs).toBe(1);
  });

  it.each([
    ['/languages', 'accept-language'],
    ['/learned', 'x-kind'],
  ])('each variant is one page, those of %s are told apart by %s', async (path, name) => {
    const kinds = ['a', 'b', 'c'];
    for (const kind of kinds) await untilNear(path, others, { [name]: kind });
    for (const kind of kinds) await untilNear(path, pages, { [name]: kind });
    for (const [i, kind] of kinds.entries()) {
      expect(await isNear(path, pages, { [name]: kind })).toBe(true);
      const { json } = await get(path, pages, { [name]: kind });
      expect([json.run, json.language ?? json.kind]).toEqual([i + 1, kind]);
    }
    expect((await get(path, pages, { [name]: 'd' })).json.run).toBe(4);
    expect((await get(path)).json.run).toBe(5);
  });

  it('an eviction that Redis refuses holds: nothing old is sent, and all pages are dropped where there are too many', async () => {
    await untilNear('/items/1');
    await untilNear('/large');
    const [item, large] = [await runOf('/items/1'), await runOf('/large')];
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    try {
      await pages.app.get(Pages).evict({ tags: 'items' });
      for (let i = 0; i < 5; i += 1) expect(await runOf('/items/1')).toBeGreaterThan(item);
      expect(await isNear('/large')).toBe(true);
      const thousand = (from: number): string[] => Array.from({ length: 1000 }, (_, i) => `tag ${1000 * from + i}`);
      for (let i = 0; i < 11; i += 1) await pages.app.get(Pages).evict({ tags: thousand(i) });
      for (let i = 0; i < 5; i += 1) expect(await runOf('/large')).toBeGreaterThan(large);
    } finally {
      await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 0);
    }
    await untilNear('/items/1');
    expect(await runOf('/items/1')).toBeGreaterThan(item);
    // The other process hears of it when Redis does.
    await until('it is heard', async () => (await runOf('/large', others)) > large);
  });

  it('tags are heard of also where `prefix` names some of the keys alone, and other keys are not kept', async () => {
    const some = await start(redis.primary.port, { prefix: 'app:1:page.shop' });
    await untilNear('/items/1', some);
    for (let i = 0; i < 5; i += 1) expect(await isNear('/large', some)).toBe(false);
    const old = await runOf('/items/1', some);
    await others.app.get(Pages).evict({ tags: 'items' });
    await until('it is heard', async () => (await runOf('/items/1', some)) > old, 20_000);
    await some.app.close();
  });
});
