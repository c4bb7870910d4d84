import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  Header,
  HttpCode,
  Render,
  SerializeOptions,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import fastifyView from '@fastify/view';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Exclude, Expose } from 'class-transformer';
import { Eta } from 'eta';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CachePage, PageCacheInterceptor } from 'nestjs-sentinel-cache';
import { until } from '../cache/support/waiting.js';
import { PLATFORMS, said, startPageApp, type PageApp } from './support/page-app.js';

const HIT = 'sentinel-cache; hit';
const STORED = 'sentinel-cache; fwd=uri-miss; stored';
const PASSWORD = 'hunter2';
let runs = 0;

class User {
  readonly name = 'ann';
  @Exclude() readonly password = PASSWORD;
  @Expose({ groups: ['staff'] }) readonly notes = PASSWORD;
  readonly run = (runs += 1);
}

@Controller('outer')
@UseInterceptors(ClassSerializerInterceptor, PageCacheInterceptor)
class SerializedOutside {
  @Get() one() {
    return new User();
  }
  @Get('list') @SerializeOptions({ groups: ['other'] }) list() {
    return [new User(), new User()];
  }
}

@Controller('inner')
@UseInterceptors(PageCacheInterceptor, ClassSerializerInterceptor)
class SerializedInside {
  @Get() one() {
    return new User();
  }
  @Get('list') async list() {
    return [new User(), new User()];
  }
}

@Controller('method')
class SerializedAround {
  @Get() @UseInterceptors(ClassSerializerInterceptor) @CachePage('15m') one() {
    return new User();
  }
  @Get('list') @CachePage('15m') @UseInterceptors(ClassSerializerInterceptor) list() {
    return [new User(), new User()];
  }
}

@Controller('rendered')
class Rendered {
  @Get() @CachePage('15m') @Render('page.eta') page() {
    return { name: '<Grüße>', run: (runs += 1) };
  }
  @Get('told') @CachePage('15m') @HttpCode(203) @Header('X-Total', '7') @Render('page.eta') async told() {
    return { name: 'told', run: (runs += 1) };
  }
}

describe.each(PLATFORMS)('final bodies of pages on %s', (platform) => {
  let redis: LocalRedis;
  let pages: PageApp;
  const views = mkdtempSync(join(tmpdir(), 'views-'));

  beforeAll(async () => {
    writeFileSync(join(views, 'page.eta'), '<h1><%= it.name %></h1><p>run <%= it.run %></p>');
    redis = await startLocalRedis();
    pages = await startPageApp({
      platform,
      settings: { CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url() } } },
      controllers: [SerializedOutside, SerializedInside, SerializedAround, Rendered],
      prepare: async (app: INestApplication) => {
        const eta = new Eta();
        const engine = (file: string, data: object, done: (error: null, text: string) => void): void =>
          done(null, eta.renderString(readFileSync(file, 'utf8'), data));
        if (platform === 'Express') app.getHttpAdapter().getInstance().set('views', views).engine('eta', engine);
        else
          await (app as unknown as { register(plugin: unknown, options: object): Promise<unknown> }).register(fastifyView, {
            engine: { eta },
            root: views,
          });
      },
    });
  });
  afterAll(async () => {
    await pages?.app.close();
    await redis?.stop();
    rmSync(views, { recursive: true, force: true });
  });
  beforeEach(async () => {
    runs = 0;
    await redis.command('FLUSHDB');
  });

  const bytesOfPages = async (): Promise<string[]> => {
    const keys = (await redis.command('KEYS', '*:page.*')) as string[];
    return Promise.all(keys.map(async (key) => String(await redis.command('GET', key))));
  };

  it.each(['outer', 'inner', 'method'].flatMap((path) => [path, `${path}/list`]))(
    'pain 17: what @Exclude hides stays hidden on a hit of /%s, and is not in Redis',
    async (path) => {
      const miss = await pages.ask(`/${path}`);
      await until('it is stored', async () => (await bytesOfPages()).length === 1);
      const made = runs;
      const hits = [await pages.ask(`/${path}`), await pages.ask(`/${path}`)];
      expect([said(miss), ...hits.map(said), runs]).toEqual([STORED, HIT, HIT, made]);
      for (const { text } of [miss, ...hits]) expect(text).not.toContain(PASSWORD);
      for (const { body } of hits) expect(body).toEqual(miss.body);
      expect(miss.text).toContain('"name":"ann"');
      for (const bytes of await bytesOfPages()) {
        expect(bytes).not.toContain(PASSWORD);
        expect(bytes).not.toContain('password');
      }
    },
  );

  it.each(['rendered', 'rendered/told'])('H-13, pain 19: /%s is stored as its template made it', async (path) => {
    const [miss, hit] = [await pages.ask(`/${path}`), await pages.ask(`/${path}`)];
    expect([said(miss), said(hit), runs]).toEqual([STORED, HIT, 1]);
    expect(miss.text).toMatch(/^<h1>(?:told|&lt;Grüße&gt;)<\/h1><p>run 1<\/p>$/);
    expect([hit.status, hit.text]).toEqual([miss.status, miss.text]);
    for (const name of ['content-type', 'content-length', 'x-total', 'etag'])
      expect([name, hit.headers[name]]).toEqual([name, miss.headers[name]]);
    expect(miss.headers['content-type']).toMatch(/^text\/html/);
  });
});
