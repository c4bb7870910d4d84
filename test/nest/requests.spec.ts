import { Controller, Get, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { InjectCache, SentinelCache, SentinelCacheModule } from 'nestjs-sentinel-cache';
import { LogLines } from './support/log-lines.js';

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(async () => {
  await redis?.stop();
});

@Controller()
class VisitsController {
  constructor(@InjectCache() private readonly cache: SentinelCache) {}

  @Get() async visit() {
    await this.cache.add('visits', 0);
    return { visits: await this.cache.incr('visits') };
  }
}

const connections = async () => Number(/total_connections_received:(\d+)/.exec(String(await redis.command('INFO', 'stats')))![1]);

it.each(['express', 'fastify'])(
  'C-6: the end of a request on %s closes no connection, where Django closes every cache',
  async (platform) => {
    const sentinel = SentinelCacheModule.forRoot({
      CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: platform, OPTIONS: { deadline: '5s' } } },
    });
    @Module({ imports: [sentinel], controllers: [VisitsController] })
    class VisitsModule {}
    const testing = await Test.createTestingModule({ imports: [VisitsModule] })
      .setLogger(new LogLines())
      .compile();
    const app = platform === 'express' ? testing.createNestApplication() : testing.createNestApplication(new FastifyAdapter());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    await fetch(url);
    const before = await connections();
    for (let i = 0; i < 20; i += 1) await fetch(url);
    expect(await (await fetch(url)).json()).toEqual({ visits: 22 });
    expect(await connections()).toBe(before);
    await app.close();
  },
);
