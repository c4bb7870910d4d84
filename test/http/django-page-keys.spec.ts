import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Controller, Get, Param, Query, Req, type INestApplication, type Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, InjectCache, SentinelCache, SentinelCaches, VaryOn } from 'nestjs-sentinel-cache';
import { PLATFORMS, said, startPageApp, type HttpResponse, type PageApp } from './support/page-app.js';
import { StoredPages } from './support/stored-pages.js';

const HIT = 'sentinel-cache; hit';
const STORED = 'sentinel-cache; fwd=uri-miss; stored';
let runs = 0;

interface Vectors {
  readonly absolute_uris: ReadonlyArray<{ input_path: string; host: string; secure: boolean; absolute_uri: string }>;
  readonly pages: ReadonlyArray<{ absolute_uri: string; redis_key?: string; value_hex: string }>;
  readonly template_fragments: ReadonlyArray<{ fragment_name: string; vary_on: readonly unknown[] | null; key: string }>;
  readonly values: ReadonlyArray<{ id: string; value_hex: string }>;
}
const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as Vectors;

/** Addresses that can be sent: Node takes neither a space nor what is not ASCII. */
const ADDRESSES = vectors.absolute_uris.filter(({ input_path: path }) => /^[!-~]+$/.test(path));

@Controller()
class Keys {
  constructor(@InjectCache() private readonly cache: SentinelCache) {}

  @Get('varies') @CachePage('1m', { keyPrefix: 'site' }) @VaryOn('Accept-Language') varies() {
    return { run: (runs += 1) };
  }
  @Get('plain') @CachePage('1m', { keyPrefix: 'site' }) plain() {
    return { run: (runs += 1) };
  }
  @Get('seventh') @CachePage('1m', { version: 7 }) seventh() {
    return { run: (runs += 1) };
  }
  @Get('third') @CachePage('1m') third() {
    return { run: (runs += 1) };
  }
  @Get('fragments/:name') @CachePage('1m') async fragment(@Param('name') name: string, @Query('vary') vary: string) {
    const hash = createHash('md5');
    for (const value of JSON.parse(vary) as unknown[]) hash.update(`${String(value)}:`);
    return { fragment: await this.cache.get(`template.cache.${name}.${hash.digest('hex')}`), run: (runs += 1) };
  }
}

const FORMATS = {
  json: { SERIALIZER: 'django_redis.serializers.json.JSONSerializer' },
  msgpack: { SERIALIZER: 'django_redis.serializers.msgpack.MSGPackSerializer' },
  pickle: { SERIALIZER: 'django_redis.serializers.pickle.PickleSerializer' },
  zlib: { COMPRESSOR: 'django_redis.compressors.zlib.ZlibCompressor' },
} as const;

function pageIn(alias: string): Type {
  @Controller(`in-${alias}`)
  class InAlias {
    @Get() @CachePage('1m', { cache: alias }) page() {
      return { run: (runs += 1), text: 'x'.repeat(2000) };
    }
  }
  Object.defineProperty(InAlias, 'name', { value: `In_${alias}` });
  return InAlias;
}

@Controller()
class Everything {
  @Get('*') @CachePage('1m') echo(@Req() asked: { originalUrl: string; protocol: string; host: string }) {
    return { is: `${asked.protocol}://${asked.host}${asked.originalUrl}`, run: (runs += 1) };
  }
}

describe.each(PLATFORMS)('what Django says of the keys of pages, on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;
  let everything: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const backend = { BACKEND: 'django_redis.cache.RedisCache', LOCATION: redis.url() };
    const formats = Object.entries(FORMATS).map(([alias, OPTIONS]) => [alias, { ...backend, KEY_PREFIX: alias, OPTIONS }]);
    const CACHES = { default: { ...backend, VERSION: 3 }, ...Object.fromEntries(formats) };
    pages = await startPageApp({
      platform,
      settings: { CACHES },
      controllers: [Keys, ...Object.keys(FORMATS).map((alias) => pageIn(alias))],
    });
    everything = await startPageApp({
      platform,
      settings: { CACHES: { default: backend } },
      controllers: [Everything],
      ...(platform === 'Fastify' ? { adapter: new FastifyAdapter({ trustProxy: true }) } : {}),
      prepare: (app: INestApplication) =>
        platform === 'Express' ? app.getHttpAdapter().getInstance().set('trust proxy', true) : {},
    });
  });
  afterAll(async () => {
    await pages?.app.close();
    await everything?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs = 0;
    await redis.command('FLUSHDB');
  });

  const inRedis = new StoredPages(() => redis);
  const at = (path: string, host: string, secure = false): Promise<HttpResponse> =>
    everything.ask(path, { headers: { host, 'x-forwarded-proto': secure ? 'https' : 'http' } });

  it('H-20: scheme, host and port, path and query count as they are sent', async () => {
    expect(ADDRESSES.length).toBeGreaterThan(15);
    const first: HttpResponse[] = [];
    for (const { input_path: path, host, secure } of ADDRESSES) first.push(await at(path, host, secure));
    await inRedis.untilStored(ADDRESSES.length, '*page.*');
    for (const [i, { input_path: path, host, secure }] of ADDRESSES.entries()) {
      expect([said(first[i]!), first[i]!.json.is]).toEqual([STORED, `${secure ? 'https' : 'http'}://${host}${path}`]);
      const again = await at(path, host, secure);
      expect([said(again), again.text]).toEqual([HIT, first[i]!.text]);
    }
  });

  it.each([
    ['/a/../b', '/b'],
    ['/a/./b', '/a/b'],
    ['/%61', '/a'],
    ['/p;k=1', '/p%3Bk%3D1'],
    ['//dbl/x', '/x'],
    ['/x?q=[1]', '/x?q=%5B1%5D'],
  ])('H-20: %s and %s are two pages here, as handlers see them', async (one, other) => {
    const responses = [await at(one, 'a.example'), await at(other, 'a.example')];
    expect(responses.map(({ json }) => json.is)).toEqual([`http://a.example${one}`, `http://a.example${other}`]);
    for (const path of [one, other]) expect(said(await at(path, 'a.example'))).toBe(HIT);
    expect(runs).toBe(2);
  });

  it('H-20: an empty query and the case of the host count for nothing, scheme and port count', async () => {
    const run = async (path: string, host: string, secure = false): Promise<number> => (await at(path, host, secure)).json.run;
    expect([await run('/x', 'a.example'), await run('/x?', 'a.example'), await run('/x', 'A.EXAMPLE')]).toEqual([1, 1, 1]);
    expect([await run('/x', 'a.example:81'), await run('/x', 'b.example'), await run('/x', 'a.example', true)]).toEqual([
      2, 3, 4,
    ]);
  });

  it('H-21: raw bytes in an address are refused before any page, and what is escaped counts as sent', async () => {
    const page = await at('/x?q=%C3%A9', 'a.example');
    for (const raw of ['/x?q=\u00c3\u00a9', '/x?q=\u00e9', '/\u00e9']) expect((await at(raw, 'a.example')).status).toBe(400);
    const latin1 = await at('/x?q=%C3%83%C2%A9', 'a.example');
    expect([runs, latin1.json.is, said(latin1)]).toEqual([2, 'http://a.example/x?q=%C3%83%C2%A9', STORED]);
    const again = await at('/x?q=%C3%A9', 'a.example');
    expect([said(again), again.text]).toEqual([HIT, page.text]);
  });

  it('H-22: the pages of an address have one list of what they vary on, whatever the method; without Vary there is none', async () => {
    for (const language of ['de', 'en', 'fr']) await pages.ask('/varies', { headers: { 'accept-language': language } });
    await inRedis.untilStored(3, '*page.*');
    await pages.ask('/varies', { method: 'HEAD', headers: { 'accept-language': 'xx' } });
    await pages.ask('/plain');
    await inRedis.untilStored(4, '*page.*');
    const lists = await inRedis.keys('*vary.*');
    expect(lists).toEqual([expect.stringMatching(/^:3:vary\.site\.[\w-]{43}$/)]);
    const [list] = lists;
    const bytes = (await pages.app.get(SentinelCaches).get().command('GET', list!)) as Buffer;
    expect(JSON.parse(bytes.toString('utf8', 1))).toMatchObject({ names: ['accept-language'] });
    const digest = list!.slice(list!.lastIndexOf('.') + 1);
    expect((await inRedis.keys(`*page.site.${digest}.*`)).length).toBe(3);
  });

  it('H-23: the key of a page names its prefix, its address and its variant, and no method', async () => {
    await pages.ask('/varies', { headers: { 'accept-language': 'de' } });
    await pages.ask(`/plain?${'long'.repeat(2000)}`);
    await inRedis.untilStored(2, '*page.*');
    for (const path of ['/varies', '/plain']) await pages.ask(path, { method: 'HEAD' });
    const [long, varies] = (await inRedis.keys('*page.*')).toSorted((a, b) => a.length - b.length);
    expect(long).toMatch(/^:3:page\.site\.[\w-]{43}$/);
    expect(varies).toMatch(/^:3:page\.site\.[\w-]{43}\.[\w-]{43}$/);
  });

  it('H-28: keys of pages go through KEY_PREFIX and VERSION, or the version of the route', async () => {
    await pages.ask('/third');
    await inRedis.untilStored(1, ':3:page..*');
    await pages.ask('/seventh');
    await inRedis.untilStored(1, ':7:page..*');
    await pages.ask('/in-json');
    await inRedis.untilStored(1, 'json:1:page..*');
    const [third, seventh] = [(await inRedis.keys(':3:page..*'))[0]!, (await inRedis.keys(':7:page..*'))[0]!];
    // In another version it is another page.
    await redis.command('RENAME', seventh, seventh.replace(':7:', ':3:'));
    expect([said(await pages.ask('/seventh')), said(await pages.ask('/third'))]).toEqual([STORED, HIT]);
    expect(await redis.command('EXISTS', third)).toBe(1);
  });

  it.each(Object.keys(FORMATS))('H-31: a cache that is set to %s holds pages all the same, as plain bytes', async (alias) => {
    const miss = await pages.ask(`/in-${alias}`);
    await inRedis.untilStored(1, `${alias}:1:page..*`);
    const bytes = (await pages.app
      .get(SentinelCaches)
      .get(alias)
      .command('GET', (await inRedis.keys(`${alias}:1:page..*`))[0]!)) as Buffer;
    expect(bytes.subarray(-miss.body.length)).toEqual(miss.body);
    const hit = await pages.ask(`/in-${alias}`);
    expect([said(hit), hit.body, runs]).toEqual([HIT, miss.body, 1]);
  });

  it("H-32: beside Django's own pages of the same addresses ours are made anew, and Django's stay as they are", async () => {
    const cache = everything.app.get(SentinelCaches).get();
    const djangos = new Map(
      vectors.pages.flatMap(({ redis_key: key, value_hex: hex }) => (key ? [[key, Buffer.from(hex, 'hex')] as const] : [])),
    );
    expect(djangos.size).toBeGreaterThan(5);
    for (const [key, bytes] of djangos) await cache.command('SET', key, bytes, 'PX', 60_000);
    for (const uri of new Set(vectors.pages.map(({ absolute_uri: one }) => one))) {
      const path = uri.slice('http://testserver'.length);
      const [miss, hit] = [await at(path, 'testserver'), await at(path, 'testserver')];
      expect([said(miss), said(hit), miss.json.is, hit.text]).toEqual([STORED, HIT, uri, miss.text]);
    }
    for (const [key, bytes] of djangos) expect(await cache.command('GET', key)).toEqual(bytes);
  });

  it.each(vectors.template_fragments)(
    'H-46: a template fragment of Django, $key, is an entry like any other: a page may hold it',
    async ({ fragment_name: name, vary_on: vary, key }) => {
      const cache = pages.app.get(SentinelCaches).get();
      const { value_hex: hex } = vectors.values.find(({ id }) => id === 'p5/safestring')!;
      await cache.command('SET', cache.makeKey(key), Buffer.from(hex, 'hex'), 'PX', 60_000);
      const path = `/fragments/${name}?vary=${encodeURIComponent(JSON.stringify(vary ?? []))}`;
      expect((await pages.ask(path)).json).toEqual({ fragment: '<p>hi</p>', run: 1 });
      await inRedis.untilStored(1, '*page.*');
      expect((await pages.ask(path)).json).toEqual({ fragment: '<p>hi</p>', run: 1 });
      expect(await cache.command('GET', cache.makeKey(key))).toEqual(Buffer.from(hex, 'hex'));
    },
  );
});
