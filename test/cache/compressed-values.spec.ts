import { deflateSync } from 'node:zlib';

import type { INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { CodecError, createCaches, SentinelCaches, type Compressor, type SentinelCache } from 'nestjs-sentinel-cache';
import request from 'supertest';

import { PLATFORMS, startSessionApp } from '../session/session-app.js';

const MAGIC: Readonly<Record<string, string>> = { zlib: '789c', gzip: '1f8b', lzma: 'fd37', lz4: '0422', zstd: '28b5' };
const VALUE = {
  rows: Array.from({ length: 50 }, (_, id) => ({ id, name: `user ${id}`, ratio: id + 0.5, active: true, none: null })),
};

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis();
});
afterAll(async () => {
  await redis?.stop();
});

async function withCache<T>(OPTIONS: Record<string, unknown>, use: (cache: SentinelCache) => Promise<T>): Promise<T> {
  const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '5s', ...OPTIONS } } });
  try {
    return await use(caches.get());
  } finally {
    await caches.close();
  }
}

const storedBytes = (cache: SentinelCache, key: string) => cache.command('GET', cache.makeKey(key)) as Promise<Buffer | string>;
const hexOf = async (cache: SentinelCache, key: string) => Buffer.from(await storedBytes(cache, key)).toString('hex');

describe.each(
  Object.keys(MAGIC).flatMap((compressor) => ['pickle', 'json', 'msgpack'].map((serializer) => [compressor, serializer])),
)('COMPRESSOR %s with SERIALIZER %s, on Redis', (COMPRESSOR, SERIALIZER) => {
  it('W-40, W-41: stores compressed bytes, raw integers as they are, and reads entries from before', () =>
    withCache({ SERIALIZER }, (before) =>
      withCache({ COMPRESSOR, SERIALIZER }, async (cache) => {
        const plain = await before.set('old', VALUE).then(() => before.get('old'));
        expect(await cache.get('old')).toEqual(plain);
        await cache.set('new', VALUE);
        expect(await cache.get('new')).toEqual(VALUE);
        expect((await hexOf(cache, 'new')).slice(0, 4)).toBe(MAGIC[COMPRESSOR!]);
        await cache.setMany({ a: VALUE, n: 41 });
        expect(await cache.incr('n')).toBe(42);
        expect(await hexOf(cache, 'n')).toBe(Buffer.from('42').toString('hex'));
        expect(await cache.getMany(['a', 'n'])).toEqual(
          new Map<string, unknown>([
            ['a', VALUE],
            ['n', 42],
          ]),
        );
        const { token } = await cache.getWithToken('new');
        expect(await cache.compareAndSet('new', token!, { rows: [] }, 60)).toBe(true);
        // Without the compressor they can't be read, here as in Django.
        await expect(before.get('a')).rejects.toThrow(CodecError);
      }),
    ));
});

describe('what a compressed value may hold', () => {
  it('a zip bomb is a CodecError that names cache and key', () =>
    withCache({ COMPRESSOR: 'zlib', SERIALIZER: 'json' }, async (cache) => {
      await redis.command('SET', cache.makeKey('bomb'), deflateSync(Buffer.alloc(64 * 1024 * 1024)));
      const error = await cache.get('bomb').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CodecError);
      expect(error).toMatchObject({ alias: 'default', key: cache.makeKey('bomb') });
    }));

  it('maxValueBytes is asked before anything is compressed, and of what is stored', () =>
    withCache({ COMPRESSOR: 'zlib', maxValueBytes: 1000 }, async (cache) => {
      await cache.set('k', 'x'.repeat(900));
      expect(await cache.get('k')).toHaveLength(900);
      await expect(cache.set('k', 'x'.repeat(1000))).rejects.toThrow('maxValueBytes');
      expect(await cache.get('k')).toHaveLength(900);
    }));

  it("a compressor of the user's own is used, and what it throws is the cause", () => {
    const mine = new Error('mine');
    const backwards: Compressor = {
      compress: (bytes) => Buffer.concat([Buffer.from('own:'), Buffer.from(bytes).reverse()]),
      decompress(bytes) {
        if (bytes.equals(Buffer.from('own:broken'))) throw mine;
        return bytes.subarray(0, 4).equals(Buffer.from('own:')) ? Buffer.from(bytes.subarray(4)).reverse() : undefined;
      },
    };
    return withCache({ COMPRESSOR: backwards, SERIALIZER: 'json' }, async (cache) => {
      await cache.set('k', 'abc');
      expect(Buffer.from(await storedBytes(cache, 'k')).toString()).toBe('own:"cba"');
      expect(await cache.get('k')).toBe('abc');
      await cache.command('SET', cache.makeKey('k'), 'own:broken');
      await expect(cache.get('k')).rejects.toMatchObject({ name: 'CodecError', cause: mine });
    });
  });
});

describe.each(PLATFORMS)('S-4: sessions in a compressed msgpack cache, on %s', (platform) => {
  let app: INestApplication;
  beforeAll(async () => {
    const OPTIONS = { SERIALIZER: 'msgpack', COMPRESSOR: 'zlib', deadline: '5s' };
    app = await startSessionApp(platform, {
      CACHES: { default: { BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS } },
      SESSION_ENGINE: 'django.contrib.sessions.backends.cache',
    });
  });
  afterAll(async () => {
    await app?.close();
  });

  it('are read as they were written, dates of expiry included', async () => {
    const agent = request.agent(app.getHttpServer() as never);
    await agent.post('/set/cart').send({ value: ['a', 'b', 'c'] });
    await agent.post('/expiry').send({ date: new Date(Date.now() + 3_600_000).toISOString() });
    const { body } = (await agent.get('/read')) as { body: { data: Record<string, unknown>; key: string } };
    expect(body.data['cart']).toEqual(['a', 'b', 'c']);
    expect(body.data['_session_expiry']).toMatch(/^\d{4}-.*\+00:00$/);
    const cache = app.get(SentinelCaches).get();
    expect((await hexOf(cache, `django.contrib.sessions.cache${body.key}`)).slice(0, 4)).toBe('789c');
    const { body: expiry } = (await agent.get('/expiry')) as { body: { age: number } };
    expect(expiry.age).toBeGreaterThan(3500);
  });
});
