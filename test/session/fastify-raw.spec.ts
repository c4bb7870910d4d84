import { Controller, Get, Module, Req, Res, Session, Sse, type INestApplication, type MessageEvent } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CacheSession, SentinelCacheModule, SentinelCaches, type SentinelCache } from 'nestjs-sentinel-cache';
import { of, type Observable } from 'rxjs';
import request from 'supertest';

const KEY = 'django.contrib.sessions.cache';

/** What is used of Fastify's reply. */
interface Reply {
  readonly raw: ServerResponse;
  hijack(): void;
  send(payload?: unknown): void;
}

/** What the handlers write. */
let value: unknown = 1;

/** Every way past Fastify: each writes into the session first. */
@Controller()
class RawController {
  @Get('end') async end(@Session() session: CacheSession, @Res() reply: Reply) {
    await session.set('n', value);
    reply.raw.end('raw');
  }
  @Get('hijack') async hijack(@Session() session: CacheSession, @Res() reply: Reply) {
    reply.hijack();
    await session.set('n', value);
    reply.raw.writeHead(201, { 'Content-Type': 'text/plain', Vary: 'Accept' });
    reply.raw.write('ra');
    reply.raw.end('w');
  }
  @Get('late') async late(@Session() session: CacheSession, @Res() reply: Reply) {
    reply.hijack();
    await session.get('n');
    reply.raw.flushHeaders();
    reply.raw.write('ra');
    const refused = await session.set('n', value).catch((error: Error) => error.name);
    reply.raw.end(String(refused));
  }
  @Get('pipe') async pipe(@Session() session: CacheSession, @Res() reply: Reply) {
    reply.hijack();
    await session.set('n', value);
    await pipeline(Readable.from(['r', 'a', 'w']), reply.raw);
  }
  @Get('clear') async clear(@Session() session: CacheSession, @Res() reply: Reply) {
    await session.clear();
    reply.raw.end('raw');
  }
  @Get('flush') async flush(@Session() session: CacheSession, @Res() reply: Reply) {
    await session.flush();
    reply.raw.end('raw');
  }
  @Sse('sse') async events(@Session() session: CacheSession): Promise<Observable<MessageEvent>> {
    await session.set('n', value);
    return of({ data: 'raw' });
  }
  @Get('taken') async taken(@Req() req: { session: CacheSession }, @Res() reply: Reply) {
    const end = reply.raw.end.bind(reply.raw);
    reply.hijack();
    await req.session.set('n', value);
    end('raw');
  }
  @Get('nested') async nested(@Req() req: { session: CacheSession }, @Res() reply: Reply) {
    const end = reply.raw.end.bind(reply.raw);
    reply.hijack();
    (await req.session.get<number[]>('list'))?.push(1);
    end('raw');
  }
  @Get('list') async list(@Session() session: CacheSession) {
    await session.set('list', []);
  }
  @Get('untouched') untouched(@Res() reply: Reply) {
    reply.hijack();
    reply.raw.end('raw');
  }
  @Get('send') async send(@Session() session: CacheSession) {
    await session.set('n', value);
    return 'sent';
  }
  @Get('stream') async stream(@Session() session: CacheSession, @Res() reply: Reply) {
    await session.set('n', value);
    reply.send(Readable.from(['se', 'nt']));
  }
  @Get('read') read(@Session() session: CacheSession) {
    return session.toObject();
  }
}

describe('Fastify: what is answered past it', () => {
  let app: INestApplication;
  let cache: SentinelCache;
  const lines: string[] = [];
  beforeAll(async () => {
    const CACHES = { default: { BACKEND: 'locmem', LOCATION: 'fastify-raw' } };
    @Module({ imports: [SentinelCacheModule.forRoot({ CACHES, SESSION_ENGINE: 'cache' })], controllers: [RawController] })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    await app.listen(0, '127.0.0.1');
    cache = app.get(SentinelCaches).strict();
    const tell = (message: unknown): void => void lines.push(String(message));
    Logger.overrideLogger({ log: tell, warn: tell, error: tell });
  });
  afterAll(async () => {
    Logger.overrideLogger(true);
    await app?.close();
  });
  const get = (path: string, key?: string) => {
    const test = request(app.getHttpServer() as never).get(path);
    return key === undefined ? test : test.set('Cookie', `sessionid=${key}`);
  };
  const keyOf = (response: request.Response) => /sessionid=([a-z0-9]{32});/.exec(String(response.headers['set-cookie']))?.[1];
  const stored = async (key: string | undefined) => cache.get(KEY + String(key));

  it.each(['end', 'hijack', 'pipe', 'sse', 'send', 'stream'])('saves what %s wrote, before the first byte', async (path) => {
    const response = await get(`/${path}`);
    expect([response.text.includes('raw') || response.text === 'sent', response.headers['vary']]).toEqual([
      true,
      expect.stringContaining('Cookie'),
    ]);
    const key = keyOf(response);
    expect(await stored(key)).toEqual({ n: 1 });
    expect((await get('/read', key)).body).toEqual({ n: 1 });
    expect(lines).toEqual([]);
  });

  it('keeps status and headers of a raw response', async () => {
    const response = await get('/hijack');
    expect([response.status, response.headers['content-type'], response.headers['vary'], response.text]).toEqual([
      201,
      'text/plain',
      'Accept, Cookie',
      'raw',
    ]);
  });

  it('clear and flush hold, too', async () => {
    const key = keyOf(await get('/end'));
    await get('/clear', key);
    expect(await stored(key)).toEqual({});
    const other = keyOf(await get('/end'));
    const gone = await get('/flush', other);
    expect([await stored(other), String(gone.headers['set-cookie'])]).toEqual([
      undefined,
      expect.stringMatching(/^sessionid="";.* Max-Age=0;/),
    ]);
  });

  it('a write after the first byte is refused, not lost', async () => {
    expect((await get('/late', keyOf(await get('/end')))).text).toBe('raSessionClosedError');
  });

  it('a session that can´t be saved replaces the response', async () => {
    value = (): void => undefined;
    try {
      for (const path of ['/end', '/hijack', '/pipe', '/sse', '/send', '/stream']) {
        const response = await get(path);
        expect([path, response.status, response.headers['set-cookie']]).toEqual([path, 500, undefined]);
        expect(response.body).toEqual({ statusCode: 500, message: 'Internal server error' });
      }
    } finally {
      value = 1;
    }
  });

  it('many at once, of every kind, keep to their own session', async () => {
    const paths = Array.from({ length: 60 }, (_, i) => ['/end', '/hijack', '/pipe', '/sse', '/send', '/stream'][i % 6]!);
    const keys = (await Promise.all(paths.map((path) => get(path)))).map(keyOf);
    expect(new Set(keys).size).toBe(60);
    for (const key of keys) expect(await stored(key)).toEqual({ n: 1 });
  });

  it('what gets past that is told once, with what to do', async () => {
    lines.length = 0;
    for (let i = 0; i < 5; i += 1) expect((await get('/taken')).text).toBe('raw');
    expect(lines.filter((line) => line.includes('reply.raw'))).toEqual([
      expect.stringMatching(/not saved.*Use the session first/),
    ]);
  });

  it('a cookie too short to be a key is deleted by a raw response, too', async () => {
    const response = await get('/untouched', 'short');
    expect([response.text, String(response.headers['set-cookie'])]).toEqual(['raw', expect.stringMatching(/^sessionid="";/)]);
    const untouched = await get('/untouched', keyOf(await get('/end')));
    expect([untouched.text, untouched.headers['set-cookie'], untouched.headers['vary']]).toEqual(['raw', undefined, undefined]);
  });
});

describe('Fastify: settings and mistakes, past it', () => {
  const lines: string[] = [];
  const apps: INestApplication[] = [];
  const start = async (settings: Record<string, unknown>, begin?: (app: INestApplication) => void) => {
    const CACHES = { default: { BACKEND: 'locmem', LOCATION: `fastify-raw-${apps.length}` } };
    @Module({
      imports: [SentinelCacheModule.forRoot({ CACHES, SESSION_ENGINE: 'cache', ...settings })],
      controllers: [RawController],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    begin?.(app);
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    const tell = (message: unknown): void => void lines.push(String(message));
    Logger.overrideLogger({ log: tell, warn: tell, error: tell });
    return (path: string, key?: string) => {
      const test = request(app.getHttpServer() as never).get(path);
      return key === undefined ? test : test.set('Cookie', `sessionid=${key}`);
    };
  };
  const keyOf = (response: request.Response) => /sessionid=([a-z0-9]{32});/.exec(String(response.headers['set-cookie']))?.[1];
  afterAll(async () => {
    Logger.overrideLogger(true);
    for (const app of apps) await app.close();
  });

  it('SESSION_SAVE_EVERY_REQUEST renews a session that a raw response did not touch', async () => {
    const get = await start({ SESSION_SAVE_EVERY_REQUEST: true });
    const key = keyOf(await get('/end'));
    for (const path of ['/untouched', '/read']) expect(keyOf(await get(path, key))).toBe(key);
  });

  it('a nested change that got past is told as well', async () => {
    const get = await start({});
    lines.length = 0;
    const key = keyOf(await get('/list'));
    for (let i = 0; i < 3; i += 1) await get('/nested', key);
    expect(lines.filter((line) => line.includes('not saved'))).toHaveLength(1);
  });

  it('a session that a hook before ours has used is saved, too', async () => {
    const get = await start({ SESSION_SAVE_EVERY_REQUEST: true }, (app) => {
      const fastify = app.getHttpAdapter().getInstance() as {
        addHook(name: 'onRequest', hook: (request: { session: CacheSession }) => Promise<void>): void;
      };
      fastify.addHook('onRequest', async ({ session }) => session?.set('early', 1));
    });
    const key = keyOf(await get('/untouched'));
    expect(
      await apps
        .at(-1)!
        .get(SentinelCaches)
        .strict()
        .get(KEY + String(key)),
    ).toEqual({ early: 1 });
  });
});
