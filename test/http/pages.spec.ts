import {
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  HttpException,
  Injectable,
  Param,
  Post,
  Query,
  Redirect,
  Res,
  type CanActivate,
  type ExecutionContext,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CacheControl, CachePage, NeverCache, SentinelCaches, VaryOn, VaryOnCookie } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

const runs = new Map<string, number>();
/** How often a handler ran since the test began. */
const ran = (name: string): number => runs.get(name) ?? 0;
const run = (name: string): number => {
  runs.set(name, ran(name) + 1);
  return ran(name);
};

@Injectable()
class UserGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown }>();
    run('guard');
    if (request.headers['x-user']) request.user = { name: request.headers['x-user'] };
    return request.headers['x-user'] !== 'nobody';
  }
}

interface ResponseLike {
  header(name: string, value: string): unknown;
}

@Controller()
class Pages {
  @Get('json') @CachePage('15m') json() {
    return { run: run('json'), list: ['ünï', null, 1.5] };
  }
  @Get('item/:id') @CachePage('15m') item(@Param('id') id: string, @Query('page') page?: string) {
    return { id, page, run: run('item') };
  }
  @Get('text') @CachePage('15m') text() {
    return `Grüße ${run('text')}`;
  }
  @Get('null') @CachePage('15m') null() {
    run('null');
    return null;
  }
  @Get('false') @CachePage('15m') false() {
    run('false');
    return false;
  }
  @Get('zero') @CachePage('15m') zero() {
    run('zero');
    return 0;
  }
  @Get('buffer') @CachePage('15m') buffer() {
    run('buffer');
    return Buffer.from([1, 2, 255]);
  }
  @Get('nothing') @CachePage('15m') @HttpCode(204) nothing() {
    run('nothing');
  }
  @Get('partial') @CachePage('15m') @HttpCode(203) @Header('X-Total', '7') partial(
    @Res({ passthrough: true }) response: ResponseLike,
  ) {
    response.header('X-Run', String(run('partial')));
    return { ok: true };
  }
  @Get('moved') @CachePage('15m') @Redirect('/json', 301) moved() {
    run('moved');
  }
  @Get('moved-far') @CachePage('15m') @Redirect() movedFar() {
    return { url: `/far/${run('moved-far')}`, statusCode: 307 };
  }
  @Get('created') @CachePage('15m') @HttpCode(201) created() {
    return { run: run('created') };
  }
  @Get('fails') @CachePage('15m') fails() {
    throw new HttpException('no', run('fails') > 0 ? 404 : 500);
  }
  @Get('cookie') @CachePage('15m') cookie(@Res({ passthrough: true }) response: ResponseLike) {
    response.header('Set-Cookie', `n=${run('cookie')}`);
    return 'cookie';
  }
  @Get('stream') @CachePage('15m') stream() {
    return new StreamableFile(Buffer.from(`stream ${run('stream')}`));
  }
  @Get('never') @CachePage('15m') @NeverCache() never() {
    return { run: run('never') };
  }
  @Get('own') @CachePage() @Header('Cache-Control', 'public, s-maxage=120, max-age=60') own() {
    return { run: run('own') };
  }
  @Get('here-alone') @CachePage('15m') @CacheControl({ maxAge: 0 }) hereAlone() {
    return { run: run('here-alone') };
  }
  @Get('language') @CachePage('15m') @VaryOn('Accept-Language') language() {
    return { run: run('language') };
  }
  @Get('learned') @CachePage('15m') @Header('Vary', 'X-Kind') learned() {
    return { run: run('learned') };
  }
  @Get('star') @CachePage('15m') @Header('Vary', '*') star() {
    return { run: run('star') };
  }
  @Get('shared') @CachePage('15m', { shared: true }) @UseGuards(UserGuard) shared() {
    return { run: run('shared') };
  }
  @Get('guarded') @CachePage('15m') @UseGuards(UserGuard) guarded() {
    return { run: run('guarded') };
  }
  @Get('each') @CachePage('15m') @VaryOnCookie() each() {
    return { run: run('each') };
  }
  @Get('public') @CachePage('15m') @CacheControl({ public: true }) public() {
    return { run: run('public') };
  }
  @Get('told') @CachePage('15m') told(@Headers('x-control') control: string, @Res({ passthrough: true }) response: ResponseLike) {
    response.header('Cache-Control', control);
    return { run: run('told') };
  }
  @Get('dated') @CachePage('15m') @Header('Date', 'Wed, 21 Oct 2015 07:28:00 GMT') dated() {
    return { run: run('dated') };
  }
  @Get('tagged') @CachePage('15m') @Header('ETag', '"mine"') tagged() {
    return { run: run('tagged') };
  }
  @Post('json') post() {
    return { run: run('post') };
  }
}

describe.each(PLATFORMS)('pages on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;

  beforeAll(async () => {
    redis = await startLocalRedis();
    const settings = { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } };
    pages = await startPageApp({ platform, settings, controllers: [Pages], options: { pages: { ignoreCookies: ['_ga*'] } } });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    runs.clear();
    await pages.app.get(SentinelCaches).get().clear();
  });

  it.each(['json', 'text', 'null', 'false', 'zero', 'buffer', 'nothing', 'moved', 'moved-far', 'partial'])(
    'pain 19, pain 21, pain 22, pain 25: /%s goes out from the cache as it did from the handler',
    async (path) => {
      const miss = await pages.ask(`/${path}`);
      expect(said(miss)).toBe('sentinel-cache; fwd=uri-miss; stored');
      const hit = await pages.ask(`/${path}`);
      expect(said(hit)).toBe('sentinel-cache; hit');
      expect(ran(path)).toBe(1);
      expect(hit.status).toBe(miss.status);
      expect(hit.body).toEqual(miss.body);
      const volatile = ['cache-status', 'age', 'date', 'connection', 'keep-alive'];
      const rest = (headers: object) => Object.fromEntries(Object.entries(headers).filter(([name]) => !volatile.includes(name)));
      expect(rest(hit.headers)).toEqual(rest(miss.headers));
      expect(Number(hit.headers.age)).toBeGreaterThanOrEqual(0);
      expect(hit.headers.date).toBe(miss.headers.date);
    },
  );

  it.each([
    ['created', 'status'],
    ['fails', 'thrown'],
    ['cookie', 'set-cookie'],
    ['stream', 'stream'],
    ['never', 'no-store'],
    ['star', 'vary'],
  ])('does not store /%s: %s', async (path, why) => {
    expect(said(await pages.ask(`/${path}`))).toContain(`detail=${why}`);
    expect(said(await pages.ask(`/${path}`))).toContain(`detail=${why}`);
    expect(ran(path)).toBe(2);
  });

  it('pain 15, pain 24: path, query and prefix tell pages apart; a fragment of a name does not', async () => {
    const [one, two] = [await pages.ask('/item/1'), await pages.ask('/item/2')];
    expect([one.json.id, two.json.id]).toEqual(['1', '2']);
    expect((await pages.ask('/item/1?page=2')).json).toMatchObject({ id: '1', page: '2' });
    expect((await pages.ask('/item/1')).json).toEqual(one.json);
    expect(ran('item')).toBe(3);
  });

  it.each([
    [{ cookie: 'sessionid=1' }, 'cookie'],
    [{ authorization: 'Bearer x' }, 'authorization'],
  ])('pain 16: a request with %j is neither served from the cache nor stored', async (headers, why) => {
    await pages.ask('/json');
    const personal = await pages.ask('/json', { headers });
    expect(said(personal)).toBe(`sentinel-cache; fwd=bypass; detail=${why}`);
    expect(personal.headers['cache-control']).toBe('private');
    expect(personal.json.run).toBe(2);
    expect((await pages.ask('/json')).json.run).toBe(1);
  });

  it('cookies that are ignored make nobody a person', async () => {
    await pages.ask('/json');
    expect(said(await pages.ask('/json', { headers: { cookie: '_ga=1; _ga_X=2' } }))).toBe('sentinel-cache; hit');
    expect(said(await pages.ask('/json', { headers: { cookie: '_ga=1; id=2' } }))).toContain('detail=cookie');
  });

  it('pain 16: a user that a guard sets makes the request personal, and guards run on every hit', async () => {
    await pages.ask('/guarded');
    expect(said(await pages.ask('/guarded', { headers: { 'x-user': 'ann' } }))).toContain('detail=user');
    expect(said(await pages.ask('/guarded'))).toBe('sentinel-cache; hit');
    expect((await pages.ask('/guarded', { headers: { 'x-user': 'nobody' } })).status).toBe(403);
    expect([ran('guarded'), ran('guard')]).toEqual([2, 4]);
  });

  it('a shared page is the same for everybody whom the guard lets in', async () => {
    await pages.ask('/shared', { headers: { 'x-user': 'ann', cookie: 'a=1' } });
    expect((await pages.ask('/shared', { headers: { 'x-user': 'bob', authorization: 'x' } })).json.run).toBe(1);
    expect((await pages.ask('/shared', { headers: { 'x-user': 'nobody' } })).status).toBe(403);
  });

  it('H-27: @VaryOnCookie gives each Cookie header a page of its own', async () => {
    const ann = await pages.ask('/each', { headers: { cookie: 'id=ann' } });
    const bob = await pages.ask('/each', { headers: { cookie: 'id=bob' } });
    expect([ann.json.run, bob.json.run]).toEqual([1, 2]);
    expect(ann.headers.vary).toMatch(/cookie/i);
    expect((await pages.ask('/each', { headers: { cookie: 'id=ann' } })).json.run).toBe(1);
    expect((await pages.ask('/each')).json.run).toBe(3);
  });

  it('H-3: a hit carries the Date that the handler gave', async () => {
    const [miss, hit] = [await pages.ask('/dated'), await pages.ask('/dated')];
    expect(said(hit)).toBe('sentinel-cache; hit');
    for (const { headers } of [miss, hit]) expect(headers.date).toBe('Wed, 21 Oct 2015 07:28:00 GMT');
  });

  it('a response that says public is stored for the others, whoever asked', async () => {
    const cookie = { headers: { cookie: 'id=ann' } };
    expect(said(await pages.ask('/public', cookie))).toBe('sentinel-cache; fwd=bypass; stored');
    expect((await pages.ask('/public')).json.run).toBe(1);
    expect(said(await pages.ask('/public', cookie))).toBe('sentinel-cache; fwd=bypass; stored');
    expect((await pages.ask('/public')).json.run).toBe(2);
  });

  it('after one that does not say so, the first one that does is not stored, and the next one is', async () => {
    const ask = async (control: string) =>
      said(await pages.ask('/told', { headers: { cookie: 'id=ann', 'x-control': control } }))
        .split('; ')
        .at(-1);
    expect(await ask('max-age=5')).toBe('detail=cookie');
    expect([await ask('public'), await ask('public')]).toEqual(['detail=personal', 'stored']);
  });

  it.each([
    ['language', 'Accept-Language'],
    ['learned', 'X-Kind'],
  ])('H-26, pain 24: pages of /%s vary on %s', async (path, name) => {
    const get = async (value?: string) =>
      (await pages.ask(`/${path}`, { headers: value === undefined ? {} : { [name]: value } })).json.run;
    expect([await get('a'), await get('b'), await get()]).toEqual([1, 2, 3]);
    expect([await get('a'), await get('b'), await get()]).toEqual([1, 2, 3]);
  });

  it('H-2: HEAD is answered from the page of GET, and stores none', async () => {
    const head = await pages.ask('/json', { method: 'HEAD' });
    expect([head.status, said(head)]).toEqual([200, 'sentinel-cache; fwd=uri-miss; detail=head']);
    const page = await pages.ask('/json');
    expect(page.json.run).toBe(2);
    const hit = await pages.ask('/json', { method: 'HEAD' });
    expect([said(hit), hit.text, hit.headers['content-length']]).toEqual([
      'sentinel-cache; hit',
      '',
      page.headers['content-length'],
    ]);
    expect(hit.headers.etag).toBe(page.headers.etag);
  });

  it('H-1, pain 18: other methods, ranges and bodies pass by', async () => {
    await pages.ask('/json');
    expect((await pages.ask('/json', { method: 'POST' })).json.run).toBe(1);
    expect(said(await pages.ask('/json', { headers: { range: 'bytes=0-1' } }))).toBe('sentinel-cache; fwd=bypass; detail=range');
    expect(said(await pages.ask('/json', { headers: { 'content-length': '2' }, body: '{}' }))).toContain('detail=body');
  });

  it('H-50, H-52: a page has a strong tag, and a hit with it is a 304 without the handler', async () => {
    const { headers } = await pages.ask('/json');
    expect(headers.etag).toMatch(/^"[\w+/]{27}"$/);
    for (const tag of [headers.etag!, `W/${headers.etag}`, `"other", ${headers.etag}`, '*']) {
      const response = await pages.ask('/json', { headers: { 'if-none-match': tag } });
      expect([response.status, response.text]).toEqual([304, '']);
      expect(response.headers).toMatchObject({
        etag: headers.etag,
        'cache-control': headers['cache-control'],
        date: headers.date,
      });
      expect(response.headers['content-type']).toBeUndefined();
    }
    expect((await pages.ask('/json', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect((await pages.ask('/json', { headers: { 'if-match': '"other"' } })).status).toBe(412);
    expect(ran('json')).toBe(1);
  });

  it('a tag of the handler is kept, and a miss is conditional for the client alone', async () => {
    const miss = await pages.ask('/tagged', { headers: { 'if-none-match': '"mine"' } });
    expect([miss.status, miss.text, miss.headers.etag]).toEqual([304, '', '"mine"']);
    expect((await pages.ask('/tagged')).json.run).toBe(1);
  });

  it('H-10, H-40: the page lives as the route says, and what browsers are told is the smaller', async () => {
    expect((await pages.ask('/json')).headers['cache-control']).toBe('max-age=900');
    const { headers } = await pages.ask('/here-alone');
    expect(headers['cache-control']).toBe('max-age=0');
    const hit = await pages.ask('/here-alone');
    expect([hit.json.run, hit.headers.age, hit.headers['cache-control']]).toEqual([1, undefined, 'max-age=0']);
    expect((await pages.ask('/public')).headers['cache-control']).toBe('public, max-age=900');
  });

  it('a response that says itself how long it lives is sent as it says, and lives as long here', async () => {
    const { headers } = await pages.ask('/own');
    expect([headers['cache-control'], headers.expires]).toEqual(['public, s-maxage=120, max-age=60', undefined]);
    const hit = await pages.ask('/own');
    expect(hit.json.run).toBe(1);
    expect(Number(/ttl=(\d+)/.exec(String(hit.headers['cache-status']))![1])).toBeLessThanOrEqual(120);
  });

  it.each([
    [{ 'cache-control': 'no-cache' }, 'request'],
    [{ pragma: 'no-cache' }, 'request'],
    [{ 'cache-control': 'max-age=0' }, 'request'],
    [{ 'cache-control': 'min-fresh=100000' }, 'request'],
  ])('pain 24: %j asks for a response that is made anew, which is stored', async (headers, fwd) => {
    await pages.ask('/json');
    const anew = await pages.ask('/json', { headers });
    expect([anew.json.run, said(anew)]).toEqual([2, `sentinel-cache; fwd=${fwd}; stored`]);
    expect((await pages.ask('/json')).json.run).toBe(2);
  });

  it('no-store is obeyed, and only-if-cached never runs the handler', async () => {
    await pages.ask('/json', { headers: { 'cache-control': 'no-store' } });
    for (const directives of ['only-if-cached', 'only-if-cached, no-cache', 'no-store, only-if-cached'])
      expect((await pages.ask('/json', { headers: { 'cache-control': directives } })).status).toBe(504);
    expect(ran('json')).toBe(1);
    await pages.ask('/json');
    expect((await pages.ask('/json', { headers: { 'cache-control': 'only-if-cached' } })).json.run).toBe(2);
  });

  it('H-4: a page that somebody else wrote into Redis is a miss', async () => {
    await pages.ask('/json');
    const cache = pages.app.get(SentinelCaches).get();
    await until('it is stored', async () => [...(await cache.keys('page.*'))].length > 0);
    for await (const [stored] of cache.iterStoredKeys('*page.*')) {
      await cache.command('SET', stored!, Buffer.from([0xa1, 0, 0, 0, 2, 0x7b, 0x7d, 0x78]), 'PX', 60_000);
    }
    const response = await pages.ask('/json');
    expect([response.status, response.json.run, said(response)]).toEqual([200, 2, 'sentinel-cache; fwd=uri-miss; stored']);
  });

  it('no key is without a lifetime', async () => {
    for (const path of ['json', 'language', 'own', 'each']) await pages.ask(`/${path}`);
    const cache = pages.app.get(SentinelCaches).get();
    const lives: unknown[] = [];
    for (const path of ['json', 'language', 'own', 'each'])
      await until(`/${path} is stored`, async () => said(await pages.ask(`/${path}`)) === 'sentinel-cache; hit');
    for await (const keys of cache.iterStoredKeys('*')) for (const key of keys) lives.push(await cache.command('PTTL', key));
    expect(lives.length).toBeGreaterThanOrEqual(6);
    for (const life of lives) expect(life).toBeGreaterThan(0);
  });
});
