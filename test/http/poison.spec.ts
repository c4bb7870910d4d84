import { createParamDecorator, Controller, Get, Headers, Injectable, Query, Req, UseGuards, type Type } from '@nestjs/common';
import type { CanActivate, ExecutionContext, INestApplication, LoggerService } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fastifyCookie from '@fastify/cookie';
import { CachePage, SentinelCaches, VaryOn } from 'nestjs-sentinel-cache';
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

const EVIL = 'evil.example';

/** Headers that poison caches elsewhere: the page echoes what one request sends, and others get it. */
const HEADERS: readonly (readonly [name: string, evil: string])[] = [
  ['x-forwarded-host', EVIL],
  ['x-forwarded-proto', 'gopher'],
  ['x-forwarded-prefix', `/${EVIL}`],
  ['x-forwarded-port', '666'],
  ['x-forwarded-for', '6.6.6.6'],
  ['x-forwarded-server', EVIL],
  ['x-original-url', `/${EVIL}`],
  ['x-rewrite-url', `/${EVIL}`],
  ['x-http-method-override', 'EVIL'],
  ['x-host', EVIL],
  ['forwarded', `host=${EVIL}`],
  ['accept', 'text/evil'],
  ['accept-language', 'xx-evil'],
  ['accept-encoding', 'evil'],
  ['origin', `https://${EVIL}`],
  ['referer', `https://${EVIL}/`],
  ['user-agent', 'evil/1'],
  ['true-client-ip', '6.6.6.6'],
];

interface Asked {
  readonly headers: Record<string, string | undefined>;
  readonly cookies?: Record<string, string>;
}

/** A decorator of the application's own: the cache knows nothing of what it takes. */
const Sent = createParamDecorator(
  (name: string, context: ExecutionContext) => context.switchToHttp().getRequest<Asked>().headers[name],
);

@Injectable()
class ReadingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const asked = context.switchToHttp().getRequest<Asked & { tenant?: string }>();
    asked.tenant = asked.headers['x-tenant'] ?? 'none';
    return true;
  }
}

function controllersOf(name: string): Type {
  @Controller(name)
  class Echo {
    @Get('taken') @CachePage('15m') taken(@Headers(name) sent?: string) {
      return { sent };
    }
    @Get('varies') @CachePage('15m') @VaryOn(name) varies(@Req() asked: Asked) {
      return { sent: asked.headers[name] };
    }
    @Get('read') @CachePage('15m') read(@Req() asked: Asked) {
      return { sent: asked.headers[name] };
    }
  }
  Object.defineProperty(Echo, 'name', { value: `Echo_${name}` });
  return Echo;
}

@Controller()
class Others {
  @Get('query') @CachePage('15m') query(@Query('q') q: unknown) {
    return { sent: q };
  }
  @Get('kept') @CachePage('15m', { query: ['q'] }) kept(@Query('q') q: unknown) {
    return { sent: q };
  }
  @Get('account/:name') @CachePage('15m') account(@Req() asked: { url: string }) {
    return { sent: asked.url };
  }
  @Get('plain') @CachePage('15m') plain(@Req() asked: { body?: unknown }) {
    return { sent: asked.body ?? null };
  }
  @Get('own-decorator') @CachePage('15m') own(@Sent('x-own') sent?: string) {
    return { sent };
  }
  @Get('lists') @CachePage('15m') lists(@Req() asked: Asked) {
    return { sent: Object.entries(asked.headers).length };
  }
  @Get('cloned') @CachePage('15m') cloned(@Req() asked: Asked) {
    return { sent: structuredClone(asked.headers)['x-cloned'] ?? null };
  }
  @Get('posted') @CachePage('15m') async posted(@Req() asked: Asked) {
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(asked.headers);
      const [{ 'x-posted': sent }] = (await once(port2, 'message')) as [Record<string, string>];
      return { sent: sent ?? null };
    } finally {
      port1.close();
    }
  }
  @Get('spread') @CachePage('15m') spread(@Req() asked: Asked) {
    return { sent: { ...asked.headers }['x-spread'] ?? null };
  }
  @Get('cookies') @CachePage('15m', { shared: true }) cookies(@Req() asked: Asked) {
    return { sent: structuredClone(asked.cookies)?.['theme'] ?? null };
  }
  @Get('guarded') @CachePage('15m', { shared: true }) @UseGuards(ReadingGuard) guarded(@Req() asked: { tenant: string }) {
    return { sent: asked.tenant };
  }
  @Get('cookie') @CachePage('15m', { shared: true }) cookie(@Req() asked: Asked) {
    return { sent: asked.cookies?.['theme'] ?? null };
  }
  @Get('middleware') @CachePage('15m') middleware() {
    return { sent: 'nothing' };
  }
  @Get('nothing') @CachePage('15m') nothing() {
    return { sent: 'nothing' };
  }
}

describe.each(PLATFORMS)('poison on %s', (platform) => {
  let pages: PageApp;
  let watched: PageApp;
  const told: string[] = [];
  const settings = { CACHES: { default: { BACKEND: 'locmem' } } };

  beforeAll(async () => {
    const controllers = [...HEADERS.map(([name]) => controllersOf(name)), Others];
    pages = await startPageApp({ platform, settings, controllers });
    const logger: LoggerService = { log: () => undefined, error: () => undefined, warn: (line: string) => told.push(line) };
    const prepare = async (app: INestApplication): Promise<void> => {
      // What a parser of cookies does.
      if (platform === 'Express')
        app.use((asked: { cookies?: unknown }, _: unknown, next: () => void) => ((asked.cookies = { theme: 'dark' }), next()));
      else await (app as unknown as { register(plugin: unknown): Promise<unknown> }).register(fastifyCookie);
      app.use('/middleware', (asked: Asked, _: unknown, next: () => void) =>
        asked.headers['x-tracks'] === EVIL ? undefined : next(),
      );
    };
    watched = await startPageApp({ platform, settings, controllers, logger, options: { pages: { watch: true } }, prepare });
  });
  afterAll(async () => {
    await pages?.app.close();
    await watched?.app.close();
  });
  beforeEach(async () => {
    told.length = 0;
    for (const { app } of [pages, watched]) await app.get(SentinelCaches).get().clear();
  });

  it.each(HEADERS)('%s that a handler takes, or the route varies on, reaches nobody else', async (name, evil) => {
    for (const route of ['taken', 'varies']) {
      const poisoned = await pages.ask(`/${name}/${route}`, { headers: { [name]: evil } });
      expect(poisoned.text).toContain(evil);
      expect(said(poisoned)).toContain('stored');
      const clean = await pages.ask(`/${name}/${route}`);
      expect(clean.json.sent).toBeUndefined();
      expect(said(clean)).toContain('stored');
      expect((await pages.ask(`/${name}/${route}`)).json.sent).toBeUndefined();
    }
  });

  it.each(HEADERS)(
    '%s that a handler reads in any other way is named by `watch`, once, with its file and line',
    async (name, evil) => {
      for (let i = 0; i < 2; i += 1) {
        await watched.ask(`/${name}/read?${i}`, { headers: { [name]: evil } });
        await watched.ask(`/${name}/taken?${i}`, { headers: { [name]: evil } });
        await watched.ask(`/${name}/varies?${i}`, { headers: { [name]: evil } });
      }
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(
        new RegExp(`^Echo_${name}\\.read is cached, and .*poison\\.spec\\.ts:\\d+ reads the header '${name}'`),
      );
    },
  );

  it.each(['/query', '/kept'])('a repeated name of the query of %s reaches nobody else', async (path) => {
    expect((await pages.ask(`${path}?q=1&q=${EVIL}`)).text).toContain(EVIL);
    for (const query of ['q=1', `q=${EVIL}&q=1`, 'q=1&other=1']) {
      const clean = await pages.ask(`${path}?${query}`);
      expect(clean.json.sent).toEqual(query.startsWith('q=1') ? '1' : [EVIL, '1']);
    }
  });

  it('a body on GET, and a path that looks like a file, reach nobody else', async () => {
    await pages.ask('/plain', { body: `{"a":"${EVIL}"}`, headers: { 'content-type': 'application/json' } });
    expect((await pages.ask('/plain')).text).not.toContain(EVIL);
    expect((await pages.ask('/account/me.css')).json.sent).toBe('/account/me.css');
    expect((await pages.ask('/account/me')).json.sent).toBe('/account/me');
    const mine = await pages.ask('/account/x.css', { headers: { cookie: 'sid=1' } });
    expect([said(mine), mine.headers['cache-control']]).toEqual(['sentinel-cache; fwd=bypass; detail=cookie', 'private']);
    expect(said(await pages.ask('/account/x.css'))).toContain('stored');
  });

  it.each([
    ['own-decorator', "the header 'x-own'"],
    ['lists', 'lists all headers'],
    ['cloned', 'lists all headers'],
    ['posted', 'lists all headers'],
    ['spread', 'lists all headers'],
    ['guarded', "the header 'x-tenant'"],
    ['cookie', "the cookie 'theme'"],
    ['middleware', "the header 'x-tracks'"],
  ])('what is read for /%s is named: %s', async (path, what) => {
    for (let i = 0; i < 2; i += 1)
      await watched.ask(`/${path}?${i}`, { headers: path === 'cookie' ? { cookie: 'theme=dark' } : {} });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(what);
    expect(told[0]).toMatch(/poison\.spec\.ts:\d+/);
  });

  it.each(['cloned', 'posted', 'spread', 'cookies'])(
    'what is watched can be copied as it is without: /%s answers the same, and is stored',
    async (path) => {
      const headers = {
        'x-cloned': 'a',
        'x-posted': 'b',
        'x-spread': 'c',
        ...(path === 'cookies' ? { cookie: 'theme=dark' } : {}),
      };
      const [looked, plain] = [await watched.ask(`/${path}`, { headers }), await pages.ask(`/${path}`, { headers })];
      expect([looked.status, said(looked)]).toEqual([plain.status, said(plain)]);
      if (path !== 'cookies') expect(looked.text).toBe(plain.text);
      expect(said(looked)).toContain('stored');
    },
  );

  it('a handler that reads nothing is not named, whatever the platform reads', async () => {
    const headers = { cookie: 'a=1', accept: 'text/html', 'x-forwarded-host': EVIL, origin: `https://${EVIL}` };
    for (const path of ['nothing', 'query?q=1']) {
      await watched.ask(`/${path}`);
      await watched.ask(`/${path}`, { headers });
    }
    expect(told).toEqual([]);
  });
});
