import {
  Controller,
  Get,
  Header,
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
    'pain 19: /%s goes out from the cache as it did from the handler',
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
});
