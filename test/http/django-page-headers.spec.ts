import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Controller, Get, Header, HttpCode, HttpException, Query, Redirect, Res, type Type } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CacheControl, CachePage, NeverCache, VaryOn, type CacheControlDirectives } from 'nestjs-sentinel-cache';
import { PLATFORMS, said, startPageApp, type HttpResponse, type PageApp } from './support/page-app.js';
import { StoredPages } from './support/stored-pages.js';

const HIT = 'sentinel-cache; hit';
const MODIFIED = 'Tue, 01 Jan 2030 00:00:00 GMT';
const EARLIER = 'Mon, 31 Dec 2029 23:59:59 GMT';
const LATER = 'Tue, 01 Jan 2030 00:00:01 GMT';
let runs = 0;

interface Vectors {
  readonly patch_cache_control: ReadonlyArray<{ initial: string | null; kwargs: Record<string, unknown>; result: string }>;
  readonly patch_vary: ReadonlyArray<{ initial: string | null; new: string[]; result: string }>;
}
const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as Vectors;
/** Of `a` and `A` at once Django keeps both, and `@VaryOn` one. */
const VARIES = vectors.patch_vary.filter(({ new: names }) => !names.includes('A'));
const CONTROLS = vectors.patch_cache_control;

interface Reply {
  header(name: string, value: string): unknown;
}

/** `max_age` as a field of `@CacheControl`. */
const fieldOf = (word: string): string => word.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** A route whose handler sends a header, and whose decorator patches it. */
function patched(path: string, header: string, initial: string | null, decorator: MethodDecorator): Type {
  class Patched {
    respond(reply: Reply) {
      if (initial !== null) reply.header(header, initial);
      return { run: (runs += 1) };
    }
  }
  Res({ passthrough: true })(Patched.prototype, 'respond', 0);
  const descriptor = Object.getOwnPropertyDescriptor(Patched.prototype, 'respond')!;
  for (const decorate of [Get(), decorator]) decorate(Patched.prototype, 'respond', descriptor);
  Controller(path)(Patched);
  return Patched;
}

@Controller()
class Headers {
  @Get('page') @CachePage('15m') page(@Query('says') says: string | undefined, @Res({ passthrough: true }) reply: Reply) {
    if (says) reply.header('Cache-Control', says);
    return { run: (runs += 1) };
  }
  @Get('expires') @CachePage('15m') @Header('Expires', LATER) expires() {
    return { run: (runs += 1) };
  }
  @Get('bare') @CachePage() bare(@Query('says') says: string, @Res({ passthrough: true }) reply: Reply) {
    reply.header('Cache-Control', says);
    return { run: (runs += 1) };
  }
  @Get('never-inside') @CachePage('15m') @NeverCache() neverInside() {
    return { run: (runs += 1) };
  }
  @Get('never-outside') @NeverCache() @CachePage('15m') neverOutside() {
    return { run: (runs += 1) };
  }
  @Get('never') @NeverCache() @Header('Cache-Control', 'public, max-age=60, x=1') never() {
    return { run: (runs += 1) };
  }
  @Get('conditional')
  @CachePage('15m')
  @Header('ETag', '"a"')
  @Header('Last-Modified', MODIFIED)
  @Header('Content-Location', '/elsewhere')
  @Header('Vary', 'Accept')
  conditional() {
    return { run: (runs += 1) };
  }
  @Get('redirected') @CachePage('15m') @Header('ETag', '"a"') @Redirect('/page', 301) redirected() {
    runs += 1;
  }
}

@Controller('controlled')
@CacheControl({ private: true, maxAge: 60 })
class Controlled {
  @Get() all(@Res({ passthrough: true }) reply: Reply) {
    reply.header('Cache-Control', 'public, max-age=30');
    return 'all';
  }
  @Get('fails') fails() {
    throw new HttpException('no', 418);
  }
  @Get('both') @CacheControl({ noCache: 'X-A' }) @HttpCode(203) both() {
    return 'both';
  }
}

describe.each(PLATFORMS)('what Django says of headers, on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const patches = [
      ...CONTROLS.map(({ initial, kwargs }, i) => {
        const directives = Object.fromEntries(Object.entries(kwargs).map(([word, value]) => [fieldOf(word), value]));
        return patched(`control/${i}`, 'Cache-Control', initial, CacheControl(directives as CacheControlDirectives));
      }),
      ...VARIES.map(({ initial, new: names }, i) => patched(`vary/${i}`, 'Vary', initial, VaryOn(...names))),
    ];
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Headers, Controlled, ...patches] });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    await redis.command('FLUSHDB');
  });

  const inRedis = new StoredPages(() => redis);
  const lifeOfPage = async (): Promise<number> => {
    await inRedis.untilStored(1, '*:page.*');
    return inRedis.lifeOf((await inRedis.keys('*:page.*'))[0]!);
  };
  /** How far `Expires` lies behind `Date`, in seconds. */
  const expiresAfter = ({ headers }: HttpResponse): number => (Date.parse(headers.expires!) - Date.parse(headers.date!)) / 1000;

  it.each([
    [undefined, 'max-age=900', 900],
    ['max-age=60', 'max-age=60', 60],
    ['max-age=1000, public', 'max-age=900, public', 900],
    ['max-age=soon', 'max-age=900', 900],
  ])(
    'H-40: a page of 15 minutes that says %s tells browsers %s, and Expires where there is none',
    async (says, told, seconds) => {
      const path = says === undefined ? '/page' : `/page?says=${encodeURIComponent(says)}`;
      const [miss, hit] = [await pages.ask(path), await pages.ask(path)];
      expect([miss.headers['cache-control'], hit.headers['cache-control']]).toEqual([told, told]);
      expect(Math.abs(expiresAfter(miss) - 900)).toBeLessThanOrEqual(1);
      // A page that outlives what it tells is sent as made now.
      expect(Math.abs(expiresAfter(hit) - seconds)).toBeLessThanOrEqual(1);
      expect((await pages.ask('/expires')).headers.expires).toBe(LATER);
    },
  );

  it.each(CONTROLS.map((vector, i) => ({ ...vector, i })))(
    'H-41: @CacheControl($kwargs) makes $result of $initial',
    async ({ i, result }) => {
      expect((await pages.ask(`/control/${i}`)).headers['cache-control']).toBe(result);
    },
  );

  it.each([
    ['max-age=10, max-age=300', 300],
    ['max-age=300, MAX-AGE=10', 10],
    ['max-age=1.5', 600],
    ['max-age=-1', 600],
    ['x-max-age=10', 600],
    ['max-age="300"', 300],
  ])('H-42: a page that says %s lives %i s', async (says, seconds) => {
    expect(said(await pages.ask(`/bare?says=${encodeURIComponent(says)}`))).toContain('stored');
    const life = await lifeOfPage();
    expect([life <= seconds * 1000, life > seconds * 1000 - 120_000]).toEqual([true, true]);
  });

  it.each(['never-inside', 'never-outside'])('H-43: /%s is kept by nobody, wherever @NeverCache stands', async (path) => {
    for (let i = 1; i <= 2; i += 1) {
      const response = await pages.ask(`/${path}`);
      expect([response.json.run, response.headers['cache-control']]).toEqual([
        i,
        'max-age=0, no-cache, no-store, must-revalidate, private',
      ]);
      expect(Math.abs(expiresAfter(response))).toBeLessThanOrEqual(1);
    }
    expect(await inRedis.keys()).toEqual([]);
  });

  it('H-43: @NeverCache displaces what the handler says', async () => {
    const { headers } = await pages.ask('/never');
    expect(headers['cache-control']).toBe('max-age=0, x=1, no-cache, no-store, must-revalidate, private');
  });

  it('H-44: @CacheControl patches what the handler said, on the class and on the method; an error leaves as it is', async () => {
    expect((await pages.ask('/controlled')).headers['cache-control']).toBe('max-age=30, private');
    const both = await pages.ask('/controlled/both');
    expect([both.status, both.headers['cache-control']]).toEqual([203, 'no-cache=X-A, private, max-age=60']);
    const failed = await pages.ask('/controlled/fails');
    expect([failed.status, failed.headers['cache-control']]).toEqual([418, undefined]);
  });

  it.each(VARIES.map((vector, i) => ({ ...vector, i })))(
    'H-45: @VaryOn($new) makes $result of $initial',
    async ({ i, result }) => {
      expect((await pages.ask(`/vary/${i}`)).headers.vary).toBe(result);
    },
  );

  it.each([
    [{ 'if-none-match': '"a"' }, 304],
    [{ 'if-none-match': 'W/"a"' }, 304],
    [{ 'if-none-match': '"b", "a"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"b"' }, 200],
    [{ 'if-none-match': '"b"', 'if-modified-since': LATER }, 200],
    [{ 'if-modified-since': MODIFIED }, 304],
    [{ 'if-modified-since': EARLIER }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-match': '"b"' }, 412],
    [{ 'if-match': 'W/"a"' }, 412],
    [{ 'if-match': '"a"', 'if-unmodified-since': EARLIER }, 200],
    [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 304],
    [{ 'if-unmodified-since': EARLIER }, 412],
    [{ 'if-unmodified-since': LATER }, 200],
  ])('H-51: %j gets %i, from the handler and from the cache', async (headers, status) => {
    const made = await pages.ask('/conditional', { headers });
    await lifeOfPage();
    const hit = await pages.ask('/conditional', { headers });
    const head = await pages.ask('/conditional', { headers, method: 'HEAD' });
    expect([made.status, hit.status, head.status, said(hit), runs]).toEqual([status, status, status, HIT, 1]);
    // As in Django, nothing says that a cache may keep 412: it would send it to those who set no conditions.
    const isKept = status !== 412;
    for (const { headers: answered } of [made, hit, head]) {
      expect(answered).toMatchObject({
        'content-location': '/elsewhere',
        date: made.headers.date,
        etag: '"a"',
        'last-modified': MODIFIED,
        vary: 'Accept',
      });
      expect(answered['cache-control']).toBe(isKept ? 'max-age=900' : undefined);
      expect(answered['expires']).toEqual(isKept ? made.headers.expires : undefined);
      expect(answered['age'] === undefined).toBe(answered === made.headers || !isKept);
    }
    if (isKept) expect(made.headers.expires).toBeDefined();
    if (status !== 200) expect([made.text, hit.text]).toEqual(['', '']);
    else expect(hit.json).toEqual({ run: 1 });
  });

  it('H-51: a response that is no 2xx is sent whatever the conditions', async () => {
    const headers = { 'if-none-match': '"a"', 'if-match': '"b"' };
    for (const response of [await pages.ask('/redirected', { headers }), await pages.ask('/redirected', { headers })])
      expect([response.status, response.headers.location]).toEqual([301, '/page']);
    expect(runs).toBe(1);
  });
});
