/**
 * One contender in a process of its own: a Nest application whose responses are cached the way `argv[2]` says, on the platform of `argv[3]`.
 * Tells its port to its parent.
 */
import 'reflect-metadata';
import { Controller, Get, Module, Res, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { map } from 'rxjs';
import { rowsOf } from './sizes.mjs';

const [contender, platform, redisUrl, wraps] = process.argv.slice(2);
const dist = (file) => import(new URL(`../../libs/sentinel-cache/dist/${file}`, import.meta.url).href);

/** Stands outside the cache, as an interceptor that wraps every response does. */
class Wrapping {
  intercept(_context, next) {
    return next.handle().pipe(map((data) => ({ data })));
  }
}

async function ours(OPTIONS) {
  const { CachePage, SentinelCacheModule } = await dist('index.js');
  const cache = { BACKEND: 'redis', LOCATION: `${redisUrl}/0`, KEY_PREFIX: `${platform}${wraps}`, OPTIONS };
  return { decorators: [CachePage('15m')], imports: [SentinelCacheModule.forRoot({ CACHES: { default: cache } })] };
}

/** Each gives back what it puts on the route, and its modules; `handler` replaces the route's own. */
const contenders = {
  none: async () => ({ decorators: [], imports: [] }),

  stock: async () => {
    const { CacheInterceptor, CacheModule } = await import('@nestjs/cache-manager');
    const { default: KeyvRedis } = await import('@keyv/redis');
    return {
      decorators: [UseInterceptors(CacheInterceptor)],
      imports: [CacheModule.register({ isGlobal: true, ttl: 900_000, stores: [new KeyvRedis(redisUrl)] })],
    };
  },

  ours: () => ours({}),

  'ours, near': () => ours({ nearCache: { maxAge: '15m' } }),

  // A handler that sends the same bytes from ioredis itself, past Nest.
  'by hand': async () => {
    const { Redis } = await import('ioredis');
    const redis = new Redis(redisUrl);
    const handler = async (size, response) => {
      const key = `hand:${wraps}:${size}`;
      let bytes = await redis.getBuffer(key);
      if (!bytes) {
        const rows = rowsOf(size);
        bytes = Buffer.from(JSON.stringify(wraps === 'wrapped' ? { data: rows } : rows));
        await redis.set(key, bytes, 'PX', 900_000);
      }
      if (platform === 'fastify') return void response.header('content-type', 'application/json; charset=utf-8').send(bytes);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.setHeader('content-length', bytes.length);
      response.end(bytes);
    };
    return { decorators: [], imports: [], handler };
  },
};

const { decorators, imports, handler } = await contenders[contender]();
const controllers = [300, 6000, 66_000].map((size) => {
  class Sized {
    get(response) {
      return handler ? handler(size, response) : rowsOf(size);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Sized.prototype, 'get');
  if (handler) Res()(Sized.prototype, 'get', 0);
  const outer = wraps === 'wrapped' && !handler ? [UseInterceptors(Wrapping)] : [];
  // The first decorator that runs stands innermost, and its interceptor with it.
  for (const decorate of [...decorators, ...outer, Get(`s${size}`)]) decorate(Sized.prototype, 'get', descriptor);
  Controller()(Sized);
  return Sized;
});
class App {}
Module({ imports, controllers })(App);
const adapter =
  platform === 'fastify'
    ? new (await import('@nestjs/platform-fastify')).FastifyAdapter()
    : new (await import('@nestjs/platform-express')).ExpressAdapter();
const app = await NestFactory.create(App, adapter, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
process.send({ port: Number(new URL(await app.getUrl()).port) });
process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit());
