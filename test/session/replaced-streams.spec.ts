import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';

import { Controller, Get, Module, Res, Session, StreamableFile, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CacheSession, SentinelCacheModule } from 'nestjs-sentinel-cache';
import request from 'supertest';

import { PLATFORMS } from './session-app.js';

/** What is used of a response of either platform. */
type Answer = ServerResponse & { readonly raw?: ServerResponse; hijack?(): void; send(body: unknown): void };

const UNSTORABLE = (): void => undefined;
const closed: Promise<unknown>[] = [];

/** A source that never ends by itself; the test sees when it is closed. */
function endless(): Readable {
  const source = new Readable({ read: (): void => void setImmediate(() => source.push('x'.repeat(1_000))) });
  closed.push(once(source, 'close'));
  return source;
}

/** The same as a stream of the web; the test sees when it is cancelled. */
function endlessOfTheWeb(): ReadableStream {
  let cancel!: () => void;
  closed.push(new Promise<void>((resolve) => (cancel = resolve)));
  return new ReadableStream({ pull: (source) => source.enqueue(new Uint8Array(1_000)), cancel: () => cancel() });
}

@Controller()
class StreamController {
  @Get('head') async head(@Session() session: CacheSession, @Res() answer: Answer) {
    await session.set('n', 1);
    answer.hijack?.();
    const response = answer.raw ?? answer;
    response.writeHead(201, undefined, { 'X-Own': 'kept', 'Set-Cookie': ['a=1', 'b=2'] });
    response.end('raw');
  }
  @Get('file') async file(@Session() session: CacheSession) {
    await session.set('n', UNSTORABLE);
    return new StreamableFile(endless().pipe(new PassThrough()).pipe(new PassThrough()));
  }
  @Get('chain') async chain(@Session() session: CacheSession, @Res() answer: Answer) {
    await session.set('n', UNSTORABLE);
    answer.send(endless().pipe(new PassThrough()));
  }
  @Get('web') async web(@Session() session: CacheSession, @Res() answer: Answer) {
    await session.set('n', UNSTORABLE);
    answer.send(endlessOfTheWeb());
  }
  @Get('response') async response(@Session() session: CacheSession, @Res() answer: Answer) {
    await session.set('n', UNSTORABLE);
    answer.send(new Response(endlessOfTheWeb()));
  }
}

describe.each(PLATFORMS)('a response of %s', (platform) => {
  let app: INestApplication;
  beforeAll(async () => {
    const CACHES = { default: { BACKEND: 'locmem', LOCATION: 'replaced-streams' } };
    @Module({ imports: [SentinelCacheModule.forRoot({ CACHES, SESSION_ENGINE: 'cache' })], controllers: [StreamController] })
    class AppModule {}
    const builder = Test.createTestingModule({ imports: [AppModule] });
    builder.setLogger({ log: () => undefined, warn: () => undefined, error: () => undefined });
    const module = await builder.compile();
    app = platform === 'express' ? module.createNestApplication() : module.createNestApplication(new FastifyAdapter());
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app?.close());
  const get = (path: string) => request(app.getHttpServer() as never).get(path);

  it('keeps the headers behind a reason that is undefined, as Node does', async () => {
    const { status, text, headers } = await get('/head');
    expect([status, text, headers['x-own']]).toEqual([201, 'raw', 'kept']);
    expect(String(headers['set-cookie'])).toMatch(/^a=1,b=2,sessionid=/);
  });

  // Express itself sends no streams: what is piped into its response is tested in express-pipes.spec.ts.
  const paths = platform === 'express' ? ['/file'] : ['/file', '/chain', '/web', '/response'];
  it.each(paths)('%s: its stream is closed to the source when the session can´t be saved', async (path) => {
    closed.length = 0;
    expect((await get(path)).status).toBe(500);
    expect(closed).toHaveLength(1);
    await closed[0];
  });
});
