import { Controller, Get, Header, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, VaryOn } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type HttpResponse, type AskOptions, type PageApp } from './support/page-app.js';
import { StoredPages } from './support/stored-pages.js';

const HIT = 'sentinel-cache; hit';
const STORED = 'sentinel-cache; fwd=uri-miss; stored';
let runs = 0;

interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

@Controller()
class Responses {
  @Get('responses/:status') @CachePage('15m') responses(
    @Param('status') status: string,
    @Query('says') says: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    reply.status(Number(status));
    if (says) reply.header('Cache-Control', says);
    return { run: (runs += 1) };
  }
  @Get('stream') @CachePage('15m') stream() {
    return new StreamableFile(Buffer.from(`run ${(runs += 1)}`));
  }
  @Get('sets/:vary') @CachePage('15m', { shared: true }) sets(
    @Param('vary') vary: string,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    if (vary === 'cookie') reply.header('Vary', 'Cookie');
    reply.header('Set-Cookie', `n=${(runs += 1)}`);
    return { run: runs };
  }
  @Get('says') @CachePage('15m') says(
    @Query('header') header: string,
    @Query('value') value: string,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    reply.header(header, value);
    for (const name of ['a', 'b']) reply.header(`X-${name}`, name);
    return { run: (runs += 1) };
  }
  @Get('token') @CachePage('15m') @Header('Vary', 'Accept') token(
    @Query('says') says: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    if (says) reply.header('Cache-Control', says);
    return { run: (runs += 1) };
  }
  @Get('each') @CachePage('15m') @VaryOn('Authorization') each() {
    return { run: (runs += 1) };
  }
}

describe.each(PLATFORMS)('which responses Django stores, on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Responses] });
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
  const cacheStatusOf = async (path: string, how?: AskOptions): Promise<string> => said(await pages.ask(path, how));
  /** What is added to a response that is stored. */
  const cacheability = ({ headers }: HttpResponse): unknown[] => [headers['cache-control'], headers.expires];

  it.each([200, 203, 204, 300, 301, 302, 303, 307, 308])('H-6: a response of %i is stored', async (status) => {
    const miss = await pages.ask(`/responses/${status}`);
    const hit = await pages.ask(`/responses/${status}`);
    expect([miss.status, said(miss), hit.status, said(hit), runs]).toEqual([status, STORED, status, HIT, 1]);
    expect(miss.headers['cache-control']).toBe('max-age=900');
  });

  it.each([201, 202, 205, 206, 304, 305, 400, 401, 403, 404, 405, 410, 414, 451, 500, 501, 503])(
    'H-6: a response of %i is not stored, and nothing is added to it',
    async (status) => {
      for (let i = 0; i < 2; i += 1) {
        const response = await pages.ask(`/responses/${status}`);
        expect([response.status, said(response)]).toEqual([status, 'sentinel-cache; fwd=uri-miss; detail=status']);
        expect(cacheability(response)).toEqual([undefined, undefined]);
      }
      expect([runs, await inRedis.keys()]).toEqual([2, []]);
    },
  );

  it.each([404, 410])(
    'H-6: a response of %i is stored for the lifetime that it declares, not for that of the route',
    async (status) => {
      const path = `/responses/${status}?says=max-age%3D60`;
      const miss = await pages.ask(path);
      expect([said(miss), ...cacheability(miss)]).toEqual([STORED, 'max-age=60', undefined]);
      await inRedis.untilStored();
      const hit = await pages.ask(path);
      expect([hit.status, said(hit), hit.text]).toEqual([status, HIT, miss.text]);
      expect(await inRedis.lifeOf((await inRedis.keys())[0]!)).toBeLessThanOrEqual(60_000);
    },
  );

  it('H-6: a stream is not stored unless the route says so', async () => {
    for (let i = 1; i <= 2; i += 1) expect((await pages.ask('/stream')).text).toBe(`run ${i}`);
    expect(await inRedis.keys()).toEqual([]);
  });

  it.each([
    ['varies on Cookie', '/sets/cookie', {}],
    ['varies on Cookie, and so does its request', '/sets/cookie', { cookie: 'a=1' }],
    ['varies on nothing, which Django would send to all', '/sets/nothing', {}],
  ] as const)('H-7: a response that sets a cookie is not stored where it %s', async (_, path, headers) => {
    const responses = [await pages.ask(path, { headers }), await pages.ask(path, { headers })];
    expect(responses.map((response) => String(response.headers['set-cookie']))).toEqual(['n=1', 'n=2']);
    for (const response of responses) expect(said(response)).toContain('detail=set-cookie');
    expect(await inRedis.keys()).toEqual([]);
  });

  const saying = (header: string, value: string): string => `/says?header=${header}&value=${encodeURIComponent(value)}`;

  it.each([
    ['private', 'private'],
    ['Private, max-age=60', 'private'],
    ['no-cache', 'no-cache'],
    ['max-age=60,No-Cache', 'no-cache'],
    ['NO-STORE', 'no-store'],
  ])('H-8: a response with Cache-Control: %s is not stored', async (value, why) => {
    for (let i = 0; i < 2; i += 1) expect(await cacheStatusOf(saying('Cache-Control', value))).toContain(`detail=${why}`);
    expect(await inRedis.keys()).toEqual([]);
  });

  it.each([
    ['community="private, no-store"', ['a', 'b']],
    ['x-private=1, no-store-x', ['a', 'b']],
    ['no-cache="X-A", private="x-b"', [undefined, undefined]],
  ])('H-8: Cache-Control: %s forbids nothing, or the headers that it names', async (value, kept) => {
    expect(await cacheStatusOf(saying('Cache-Control', value))).toBe(STORED);
    const { headers } = await pages.ask(saying('Cache-Control', value));
    expect([headers['x-a'], headers['x-b']]).toEqual(kept);
    expect(runs).toBe(1);
  });

  it.each(['*', ' * ', 'Accept, *', 'Accept ,*,X-A', 'X A', 'Accept; Cookie'])(
    'H-9: a response with Vary: %s is not stored',
    async (value) => {
      for (let i = 0; i < 2; i += 1) expect(await cacheStatusOf(saying('Vary', value))).toContain('detail=vary');
      expect([runs, await inRedis.keys()]).toEqual([2, []]);
    },
  );

  it('H-11: a request with an Authorization shares nothing unless the response is public; Vary stays as it is', async () => {
    const ann = { headers: { authorization: 'Bearer ann' } };
    for (let i = 1; i <= 2; i += 1) {
      const response = await pages.ask('/token', ann);
      expect([response.json.run, response.headers['cache-control'], response.headers.vary]).toEqual([i, 'private', 'Accept']);
    }
    expect(await inRedis.keys()).toEqual([]);
    const path = '/token?says=public';
    await until('its responses are known to be for everybody', async () => (await cacheStatusOf(path, ann)).includes('stored'));
    await inRedis.untilStored(2);
    const hit = await pages.ask(path);
    expect([said(hit), hit.headers.vary, hit.headers['cache-control']]).toEqual([HIT, 'Accept', 'public, max-age=900']);
  });

  it('H-11: @VaryOn("Authorization") gives each token a page, and none to those without one', async () => {
    const run = async (token?: string): Promise<number> => {
      const response = await pages.ask('/each', { headers: token === undefined ? {} : { authorization: token } });
      expect(response.headers.vary).toBe('Authorization');
      return response.json.run;
    };
    const all = async (): Promise<number[]> => [await run('ann'), await run('bob'), await run()];
    expect([await all(), await all()]).toEqual([[1, 2, 3], [1, 2, 3]]); // prettier-ignore
  });
});
