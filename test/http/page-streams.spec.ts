import { request, type ClientRequest } from 'node:http';
import { connect } from 'node:net';
import { PassThrough, Readable } from 'node:stream';

import { Controller, Get, Header, Param, Res, StreamableFile, type INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import compression from 'compression';
import { CachePage, SentinelCaches } from 'nestjs-sentinel-cache';
import { gunzipSync } from 'node:zlib';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

let runs = 0;
let source = new PassThrough();

function* parts(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i += 1) yield Buffer.from(`part ${i} of run ${runs} ${'x'.repeat(200)}\n`);
}

interface Reply {
  header(name: string, value: string): unknown;
}

@Controller()
class Streams {
  @Get('file') @CachePage('15m', { streams: '256kb' }) @Header('X-Total', '7') file() {
    runs += 1;
    return new StreamableFile(Readable.from(parts(50)), { type: 'text/csv' });
  }
  @Get('plain') @CachePage('15m') plain() {
    runs += 1;
    return new StreamableFile(Readable.from(parts(2)));
  }
  @Get('long') @CachePage('15m', { streams: '1kb' }) long() {
    runs += 1;
    return new StreamableFile(Readable.from(parts(50)));
  }
  @Get('breaks') @CachePage('15m', { streams: '256kb' }) breaks() {
    runs += 1;
    return new StreamableFile(source);
  }
  @Get('iterable') @CachePage('15m', { streams: '256kb' }) async *iterable() {
    runs += 1;
    yield `run ${runs}`;
    yield ' and more';
  }
  @Get('web') @CachePage('15m', { streams: '256kb' }) web() {
    runs += 1;
    return new Response(`run ${runs}`, { headers: { 'x-web': 'yes' } });
  }
  @Get('length/:length') @CachePage('15m', { streams: '256kb' }) length(
    @Param('length') length: string,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    runs += 1;
    reply.header('Content-Length', length);
    return new StreamableFile(Readable.from(Buffer.from('12345')));
  }
  @Get('handled') @CachePage('15m', { streams: '256kb' }) handled() {
    runs += 1;
    const file = new StreamableFile(source);
    // It ends the response as if it were whole.
    return file.setErrorHandler((_error, response) => response.end());
  }
  @Get('big') @CachePage('15m', { streams: '64mb' }) big() {
    runs += 1;
    return new StreamableFile(Readable.from(parts(40_000)));
  }
  @Get('endless') @CachePage('15m', { streams: '64mb' }) endless() {
    runs += 1;
    return new StreamableFile(source);
  }
  @Get('cookie') @CachePage('15m', { streams: '256kb' }) @Header('Set-Cookie', 'a=1') cookie() {
    runs += 1;
    return new StreamableFile(Buffer.from(`run ${runs}`));
  }
}

describe.each(PLATFORMS)('streams of pages on %s', (platform) => {
  let pages: PageApp;

  beforeAll(async () => {
    const prepare =
      platform === 'Express' ? (app: INestApplication): unknown => app.use(compression({ threshold: 1000 })) : undefined;
    pages = await startPageApp({
      platform,
      settings: { CACHES: { default: { BACKEND: 'locmem' } } },
      controllers: [Streams],
      ...(prepare ? { prepare } : {}),
    });
  });
  afterAll(async () => pages?.app.close());
  beforeEach(async () => {
    runs = 0;
    source = new PassThrough();
    await pages.app.get(SentinelCaches).get().clear();
  });

  const stored = async (): Promise<number> => [...(await pages.app.get(SentinelCaches).get().keys('page.*'))].length;

  it.each(['file', 'iterable', 'web'])('pain 21: with `streams` /%s is stored once it has ended, byte for byte', async (path) => {
    const miss = await pages.ask(`/${path}`);
    expect(said(miss)).toBe('sentinel-cache; fwd=uri-miss');
    await until('it is stored', async () => (await stored()) === 1);
    const hit = await pages.ask(`/${path}`);
    expect([hit.text, said(hit), runs]).toEqual([miss.text, 'sentinel-cache; hit', 1]);
    for (const name of ['content-type', 'x-total', 'x-web', 'content-disposition'])
      expect(hit.headers[name]).toBe(miss.headers[name]);
    expect(hit.headers['content-length']).toBe(String(hit.body.length));
    expect(hit.headers.etag).toMatch(/^"/);
  });

  it('without `streams`, over its bound, or with a cookie a stream flows through and is not stored', async () => {
    for (const [path, reason] of [
      ['plain', 'stream'],
      ['cookie', 'set-cookie'],
      ['long', undefined],
    ] as const) {
      const response = await pages.ask(`/${path}`);
      expect(response.text.length).toBeGreaterThan(4);
      if (reason) expect(said(response)).toBe(`sentinel-cache; fwd=uri-miss; detail=${reason}`);
      expect((await pages.ask(`/${path}`)).status).toBe(200);
    }
    expect([runs, await stored()]).toEqual([6, 0]);
  });

  it('a stream that fails, and one whose client leaves, are not stored', async () => {
    const leaves = async (end: () => void): Promise<void> => {
      const { hostname, port } = new URL(await pages.app.getUrl());
      const before = runs;
      const closed = new Promise<void>((resolve) => {
        const asked = request({ hostname, port, path: '/breaks' }, (response) => {
          response.on('error', () => undefined).on('close', () => resolve());
          response.once('data', () => (end === leave ? asked.destroy() : end()));
        });
        asked.on('error', () => resolve()).end();
      });
      await until('it runs', () => runs > before);
      source.write('x'.repeat(5000));
      await closed;
      await until('the source is over', () => source.destroyed);
    };
    const leave = (): void => undefined;
    await leaves(() => source.destroy(new Error('broken')));
    source = new PassThrough();
    await leaves(leave);
    source = new PassThrough();
    source.end('whole');
    expect((await pages.ask('/breaks')).text).toBe('whole');
    await until('it is stored', async () => (await stored()) === 1);
    expect((await pages.ask('/breaks')).text).toBe('whole');
    expect(runs).toBe(3);
  });

  it('a stream that is as long as its Content-Length is stored, one that is shorter or longer is not', async () => {
    expect((await pages.ask('/length/5')).text).toBe('12345');
    await until('it is stored', async () => (await stored()) === 1);
    expect([said(await pages.ask('/length/5')), runs]).toEqual(['sentinel-cache; hit', 1]);
    const head = await pages.ask('/length/5', { method: 'HEAD' });
    expect([head.headers['content-length'], head.text, runs]).toEqual(['5', '', 1]);
    // The client sees that it is broken, in one way or another.
    for (const length of ['10', '4', '0', '5x', '05.0'])
      for (let time = 1; time <= 2; time += 1) await pages.ask(`/length/${length}`).catch((error: unknown) => error);
    await until('all have run', () => runs === 11);
    expect(await stored()).toBe(1);
  });

  it('HEAD tells the length that the handler declares, and stores nothing', async () => {
    const head = await pages.ask('/length/10', { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '10', '']);
    expect([said(head), await stored()]).toEqual(['sentinel-cache; fwd=uri-miss; detail=head', 0]);
  });

  if (platform === 'Express') {
    it('a stream that fails is not stored, though its error handler ends the response as if it were whole', async () => {
      const broken = pages.ask('/handled');
      await until('it runs', () => runs === 1);
      source.write('x'.repeat(5000));
      await until('it flows', () => source.readableFlowing === true && source.readableLength === 0);
      source.destroy(new Error('broken'));
      expect((await broken).text).toBe('x'.repeat(5000));
      source = new PassThrough();
      source.end('whole');
      expect((await pages.ask('/handled')).text).toBe('whole');
      expect(runs).toBe(2);
    });
  }

  it('a client that does not read holds up nobody else', async () => {
    const { hostname, port } = new URL(await pages.app.getUrl());
    const silent = connect(Number(port), hostname).on('error', () => undefined);
    try {
      silent.pause();
      silent.write(`GET /big HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
      await until('it runs', () => runs === 1);
      const startedAt = performance.now();
      const [one, other] = await Promise.all([pages.ask('/big'), pages.ask('/big')]);
      // Without an end to their wait they would have waited for half a minute.
      expect(performance.now() - startedAt).toBeLessThan(25_000);
      expect([one.status, other.status, one.text.length > 8_000_000]).toEqual([200, 200, true]);
      await until('it is stored', async () => (await stored()) === 1);
      expect(said(await pages.ask('/big'))).toBe('sentinel-cache; hit');
    } finally {
      silent.destroy();
    }
  });

  it('a stream without an end holds up nobody else', async () => {
    const { hostname, port } = new URL(await pages.app.getUrl());
    const asked: ClientRequest[] = [];
    let heads = 0;
    const begin = (): void => {
      const one = request({ hostname, port, path: '/endless', agent: false }, (response) => {
        heads += 1;
        response.on('error', () => undefined).resume();
      });
      one.on('error', () => undefined).end();
      asked.push(one);
    };
    try {
      begin();
      await until('it runs', () => runs === 1);
      source.write('first');
      await until('its head is there', () => heads === 1);
      begin();
      await until('another one runs', () => runs === 2, 25_000);
    } finally {
      for (const one of asked) one.destroy();
      source.destroy();
    }
  });

  if (platform === 'Express') {
    it('what is compressed on its way is stored as it was', async () => {
      const headers = { 'accept-encoding': 'gzip' };
      const miss = await pages.ask('/file', { headers });
      await until('it is stored', async () => (await stored()) === 1);
      const plain = await pages.ask('/file');
      expect([said(plain), plain.text]).toEqual(['sentinel-cache; hit', gunzipSync(miss.body).toString()]);
      expect(gunzipSync((await pages.ask('/file', { headers })).body).toString()).toBe(plain.text);
    });
  }
});
