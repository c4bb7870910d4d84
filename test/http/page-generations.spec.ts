import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, Pages, SentinelCaches, VaryOn } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

const HIT = 'sentinel-cache; hit';
let gate: Promise<void> = Promise.resolve();
let open: () => void = () => undefined;
let runs = 0;
const closeGate = (): void => void (gate = new Promise((resolve) => (open = resolve)));

@Controller()
class Site {
  @Get('missing/:a/:b/:c/:d/:e/:f') @CachePage('15m') missing() {
    throw new NotFoundException();
  }
  @Get('never/:id') @CachePage('15m') @Header('Cache-Control', 'no-store') never(@Param('id') id: string) {
    return { id };
  }
  @Get('deep/:a/:b/:c/:d/:e/:f') @CachePage('60s', { tags: ['deep'] }) deep() {
    return 'deep';
  }
  @Get('languages') @CachePage('15m') @VaryOn('Accept-Language') languages() {
    return { run: (runs += 1) };
  }
  @Get('fresh/:id') @CachePage('15m', { tags: ['fresh'] }) async fresh(@Param('id') id: string) {
    const run = (runs += 1);
    await gate;
    return { id, run };
  }
}

describe.each(PLATFORMS)('what pages leave in Redis on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;
  /** Another process. */
  let others: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Site] });
    others = await startPageApp({ platform, settings, controllers: [Site] });
    await pages.app.get(SentinelCaches).get().get('warm');
    await others.app.get(SentinelCaches).get().get('warm');
  });
  afterAll(async () => {
    await pages?.app.close();
    await others?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    [runs, gate] = [0, Promise.resolve()];
    await redis.command('FLUSHALL');
  });

  afterEach(() => open());

  const stored = async (): Promise<string[]> => ((await redis.command('KEYS', '*')) as string[]).sort();
  /** Of pages, and of lists of their variants. */
  const pageKeys = async (): Promise<number> => (await stored()).length - (await generations()).length;
  /** Asks without storing anything. */
  const isHit = async (path: string, app = pages, headers = {}): Promise<boolean> =>
    said(await app.ask(path, { method: 'HEAD', headers })) === HIT;
  /** A page that is handed out may still be on its way to Redis. */
  const cached = async (path: string): Promise<void> => {
    await until(`${path} is cached`, async () => said(await pages.ask(path)) === HIT);
    await until(`${path} is stored`, () => isHit(path, others, { host: new URL(pages.url).host }));
  };
  const generations = async (): Promise<string[]> => (await stored()).filter((key) => key.includes('\0tag'));
  /** How often Redis was asked something by a client that keeps to its business. */
  const asked = async (): Promise<number> => {
    const text = String(await redis.command('INFO', 'commandstats'));
    const counts = [...text.matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
    return counts.reduce((sum, [, name, calls]) => (/^(?:ping|info|config|hello)/.test(name!) ? sum : sum + Number(calls)), 0);
  };

  it.each([
    ['pages that do not exist', (i: number): [string, object] => [`/missing/${i}/1/2/3/4/${'x'.repeat(i * 20)}`, {}]],
    ['responses that are not stored', (i: number): [string, object] => [`/never/${i}`, {}]],
    ['requests with a cookie', (i: number): [string, object] => [`/fresh/${i}`, { cookie: `id=${i}` }]],
    ['requests that want no cache', (i: number): [string, object] => [`/never/${i}`, { 'cache-control': 'no-cache' }]],
  ])('whoever asks for %s leaves nothing in Redis', async (_, request) => {
    for (let i = 0; i < 40; i += 1) {
      const [path, headers] = request(i);
      await pages.ask(path, { headers: { ...headers, host: `h${i}.example` } });
    }
    expect(await stored()).toEqual([]);
  });

  it('personal requests ask Redis nothing once one of the route was not stored; others ask once', async () => {
    await pages.ask('/fresh/first', { headers: { authorization: 'user' } });
    const before = await asked();
    for (let i = 0; i < 20; i += 1) await pages.ask(`/fresh/${i}`, { headers: { authorization: `user ${i}` } });
    expect((await asked()) - before).toBe(0);
    // It brings the script of the lookup.
    await pages.ask('/never/first');
    await redis.command('CONFIG', 'RESETSTAT');
    for (let i = 0; i < 20; i += 1) await pages.ask(`/never/${i}`);
    // A script that reads a page, the list of its variants and what is left of both, and with it the generations.
    expect(await asked()).toBe(20 * (1 + 4 + 1));
    expect(await stored()).toEqual([]);
  });

  it('a page has few of them however deep it lies, and none outlives its page for long', async () => {
    const path = `/deep/1/2/3/4/5/${'y'.repeat(90)}`;
    await cached(path);
    const names = await generations();
    // Its tag, every page, its address, and four segments.
    expect(names.length).toBe(7);
    for (const name of names) {
      const leftMs = Number(await redis.command('PTTL', name));
      // It may be stored up to a minute after that was seen to.
      expect(leftMs).toBeGreaterThan(60_000 + 60_000);
      expect(leftMs).toBeLessThanOrEqual(2 * (60_000 + 60_000));
    }
  });

  it.each([
    ['for ever', ['PERSIST']],
    ['longer than it was stored for', ['PEXPIRE', '3600000']],
  ])('a page that somebody let live %s is none', async (_, [command, ...args]) => {
    const path = '/deep/1/2/3/4/5/6';
    await cached(path);
    const [key] = (await stored()).filter((name) => !name.includes('\0tag'));
    await redis.command(command!, key!, ...args);
    expect(await isHit(path)).toBe(false);
    await cached(path);
  });

  it('a path below the fourth segment drops all that lies below that', async () => {
    const path = '/deep/1/2/3/4/5/6';
    await cached(path);
    await pages.app.get(Pages).evict({ path: '/deep/1/2/4' });
    expect(await isHit(path)).toBe(true);
    await others.app.get(Pages).evict({ path: '/deep/1/2/3/9/9' });
    expect(await isHit(path)).toBe(false);
  });

  it('what an eviction leaves is gone after a minute', async () => {
    await pages.app.get(Pages).evict({ tags: ['a', 'b'], path: '/c' });
    const names = await generations();
    expect(names.length).toBe(3);
    for (const name of names) {
      const leftMs = Number(await redis.command('PTTL', name));
      expect([leftMs > 0, leftMs <= 60_000]).toEqual([true, true]);
    }
  });

  it('an address has 64 variants at most: the one that was stored first goes', async () => {
    const ask = (i: number) => pages.ask('/languages', { headers: { 'accept-language': `l${i}` } });
    for (let i = 0; i < 66; i += 1) {
      await ask(i);
      await until('it is cached', async () => said(await ask(i)) === HIT);
    }
    // The variants and the list of them.
    await until('the others are gone', async () => (await pageKeys()) === 64 + 1);
    const language = (i: number) => isHit('/languages', pages, { 'accept-language': `l${i}` });
    expect([await language(0), await language(1), await language(2), await language(65)]).toEqual([false, false, true, true]);
  });

  it.each([
    ['this process', { tags: 'fresh' }],
    ['another process', { tags: 'fresh' }],
    ['another process', { path: '/fresh/1' }],
    ['another process', { path: '/' }],
  ])('a first load that an eviction by %s of %j overtook is not stored, though nothing was there', async (who, what) => {
    closeGate();
    const loading = pages.ask('/fresh/1');
    await until('it runs', () => runs === 1);
    expect(await stored()).toEqual([]);
    await (who === 'this process' ? pages : others).app.get(Pages).evict(what);
    open();
    expect((await loading).json.run).toBe(1);
    await until('it had its chance', async () => (await generations()).length >= 4);
    // What comes later over the same connection has been stored.
    await cached('/fresh/2');
    expect(await pageKeys()).toBe(1);
    for (const app of [pages, others]) expect(await isHit('/fresh/1', app)).toBe(false);
  });

  it('so is one that a write by cache.clear() overtook', async () => {
    await cached('/fresh/1');
    closeGate();
    const loading = pages.ask('/fresh/2');
    await until('it runs', () => runs === 2);
    await others.app.get(SentinelCaches).get().clear();
    open();
    await loading;
    gate = Promise.resolve();
    await cached('/fresh/3');
    expect(await pageKeys()).toBe(1);
  });
});
