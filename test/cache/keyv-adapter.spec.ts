import { describe, expect, it, jest } from '@jest/globals';
import { Keyv as Keyv5 } from 'keyv';
import { Keyv as Keyv6 } from 'keyv6';
import { startLocalRedis } from 'local-sentinel';
import { createCaches, InvalidArgumentError, type SentinelCache } from 'nestjs-sentinel-cache';
import { keyvAdapter, keyvStore } from 'nestjs-sentinel-cache/keyv';
import { onRedisAndLocmem } from './support/on-redis-and-locmem.js';
import { rejectionOf } from './support/waiting.js';

/** What both versions have. */
interface AnyKeyv {
  get(key: string | string[]): Promise<unknown>;
  getRaw(key: string): Promise<unknown>;
  getManyRaw(keys: string[]): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<boolean>;
  setMany(entries: { key: string; value: unknown; ttl?: number }[]): Promise<boolean[]>;
  has(key: string | string[]): Promise<unknown>;
  delete(key: string | string[]): Promise<unknown>;
  clear(): Promise<void>;
  disconnect(): Promise<void>;
  iterator(): AsyncGenerator<[string, unknown]>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}
type Make = (cache: SentinelCache, options?: { namespace?: string; ttl?: number }) => AnyKeyv;

const OFF = { serialization: false };
const keyv5: Make = (cache, options) =>
  new Keyv5({ store: keyvAdapter(cache), namespace: undefined, useKeyPrefix: false, ...options }) as unknown as AnyKeyv;
const keyv6: Make = (cache, options) => new Keyv6({ store: keyvAdapter(cache), ...options }) as unknown as AnyKeyv;
const plain5: Make = (cache, options) =>
  new Keyv5({
    store: keyvAdapter(cache, OFF),
    serialize: undefined,
    deserialize: undefined,
    namespace: undefined,
    useKeyPrefix: false,
    ...options,
  }) as unknown as AnyKeyv;
const plain6: Make = (cache, options) => new Keyv6({ store: keyvAdapter(cache, OFF), ...OFF, ...options }) as unknown as AnyKeyv;

const TEXTS = [
  ['Keyv 5', keyv5],
  ['Keyv 6', keyv6],
] as const;
const VALUES = [
  ['Keyv 5 without serialization', plain5],
  ['Keyv 6 without serialization', plain6],
] as const;

const allOf = async (keyv: AnyKeyv): Promise<unknown[]> => {
  const pairs: [string, unknown][] = [];
  for await (const pair of keyv.iterator()) pairs.push(pair);
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
};

onRedisAndLocmem('keyvAdapter', ({ cache }) => {
  describe.each([...TEXTS, ...VALUES])('in a %s', (_, make) => {
    it('stores, finds, tells apart and removes, alone and many at once', async () => {
      const keyv = make(cache());
      expect(await keyv.set('a:b', 'text')).toBe(true);
      expect(
        await keyv.setMany([
          { key: 'n', value: null },
          { key: 'o', value: { x: [1] } },
        ]),
      ).toEqual([true, true]);
      expect(await keyv.get('a:b')).toBe('text');
      expect(await keyv.get(['o', 'absent', 'n', 'a:b'])).toEqual([{ x: [1] }, undefined, null, 'text']);
      expect([await keyv.get('absent'), await keyv.getRaw('absent')]).toEqual([undefined, undefined]);
      expect([await keyv.has('n'), await keyv.has('absent'), await keyv.has(['o', 'absent'])]).toEqual([
        true,
        false,
        [true, false],
      ]);
      expect([await keyv.delete('o'), await keyv.delete('o')]).toEqual([true, false]);
      expect([await keyv.delete(['n', 'a:b'])].flat()).not.toContain(false);
      expect(await cache().keys('*')).toEqual([]);
    });

    it('ttl is in milliseconds, of the call, of the entry or of the Keyv; none is TIMEOUT', async () => {
      const keyv = make(cache());
      await keyv.set('a', 1, 50_000);
      await keyv.setMany([{ key: 'b', value: 1, ttl: 40_000 }]);
      await make(cache(), { ttl: 30_000 }).set('c', 1);
      await keyv.set('d', 1);
      for (const [key, ms] of Object.entries({ a: 50_000, b: 40_000, c: 30_000, d: 300_000 })) {
        expect(await cache().pttl(key)).toBeLessThanOrEqual(ms);
        expect(await cache().pttl(key)).toBeGreaterThan(ms - 30_000);
      }
      const raw = (await keyv.getManyRaw(['a', 'absent'])) as { value: unknown; expires: number }[];
      expect(raw).toEqual([{ value: 1, expires: expect.any(Number) }, undefined]);
      expect(raw[0]!.expires).toBeLessThanOrEqual(Date.now() + 50_000);
      expect(raw[0]!.expires).toBeGreaterThan(Date.now() + 20_000);
      expect(await keyv.getRaw('a')).toMatchObject({ value: 1 });
    });

    it('namespace keeps Keyvs apart; clear() and iterator() are about it alone', async () => {
      const [none, shop, star] = [make(cache()), make(cache(), { namespace: 'shop' }), make(cache(), { namespace: 's*' })];
      for (const [keyv, value] of [
        [none, 0],
        [shop, 1],
        [star, 2],
      ] as const)
        await keyv.set('a:b', value);
      expect(new Set(await cache().keys('*'))).toEqual(new Set(['a:b', 'shop:a:b', 's*:a:b']));
      expect([await none.get('a:b'), await shop.get(['a:b']), await star.get('a:b')]).toEqual([0, [1], 2]);
      expect(await allOf(shop)).toEqual([['a:b', 1]]);
      expect(await allOf(star)).toEqual([['a:b', 2]]);
      expect(await allOf(none)).toEqual([
        ['a:b', 0],
        ['s*:a:b', 2],
        ['shop:a:b', 1],
      ]);
      await star.clear();
      expect(new Set(await cache().keys('*'))).toEqual(new Set(['a:b', 'shop:a:b']));
      await none.clear();
      expect(await cache().keys('*')).toEqual([]);
    });

    it('iterator() gives however many', async () => {
      const keyv = make(cache(), { namespace: 'many' });
      const entries = Array.from({ length: 250 }, (_each, i) => ({ key: `k${i}`, value: i }));
      await keyv.setMany(entries);
      expect(Object.fromEntries((await allOf(keyv)) as [string, unknown][])).toEqual(
        Object.fromEntries(entries.map(({ key, value }) => [key, value])),
      );
    });
  });

  describe.each(TEXTS)('%s with its serializer', (_, make) => {
    it('stores the Keyv´s text, which Django reads as JSON, and says so of anything else', async () => {
      const keyv = make(cache());
      await keyv.set('k', { a: 1 }, 60_000);
      expect(JSON.parse((await cache().get<string>('k'))!)).toEqual({ value: { a: 1 }, expires: expect.any(Number) });
      const adapter = keyvAdapter(cache());
      for (const other of [7, null, { value: 1 }, true]) {
        await cache().set('k', other, 60);
        expect(await rejectionOf(adapter.get('k'))).toMatchObject({
          code: 'SENTINEL_CACHE_CODEC',
          key: cache().makeKey('k'),
          message: expect.stringContaining('serialization: false'),
        });
      }
      expect(await rejectionOf(adapter.set('k', { value: 1 }))).toMatchObject({
        code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
        message: expect.stringContaining('serialization: false'),
      });
    });
  });

  describe.each(VALUES)('%s', (_, make) => {
    it.each([0, 'text', '{"value":1}', '', false, null, [1, [null]], { value: 1 }, Buffer.from('b'), 2n ** 60n])(
      'stores %p as the cache does, and reads what the cache stored',
      async (value) => {
        const keyv = make(cache());
        await keyv.set('k', value, 60_000);
        expect(await cache().get('k')).toEqual(value);
        await cache().set('l', value, 60);
        expect(await keyv.get(['k', 'l'])).toEqual([value, value]);
        expect(await keyv.getManyRaw(['l'])).toEqual([{ value, expires: expect.any(Number) }]);
      },
    );

    it('refuses text, with the way to turn serialization off', async () => {
      expect(await rejectionOf(keyvAdapter(cache(), OFF).set('k', '{"value":1}'))).toMatchObject({
        code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
        message: expect.stringMatching(/serialization: false \}.*serialize: undefined/),
      });
      expect(await cache().has('k')).toBe(false);
    });
  });

  it('takes the Keyv´s own serializer, compression and encryption', async () => {
    const turned = (text: string): string => Buffer.from(text).toString('hex');
    const back = (text: string): string => Buffer.from(text, 'hex').toString();
    const five = new Keyv5({
      store: keyvAdapter(cache()),
      serialize: (data) => turned(JSON.stringify(data)),
      deserialize: (data) => JSON.parse(back(data)) as never,
      namespace: undefined,
    });
    await five.set('five', { a: 1 });
    expect(await five.get('five')).toEqual({ a: 1 });
    const six = new Keyv6({ store: keyvAdapter(cache()), encryption: { encrypt: turned, decrypt: back } });
    await six.set('six', { a: 1 });
    expect(await six.get('six')).toEqual({ a: 1 });
    for (const key of ['five', 'six']) expect(await cache().get(key)).toMatch(/^[0-9a-f]+$/);
  });

  it('Keyv 5 with its own prefix, too, finds and clears what it stored', async () => {
    const keyv = new Keyv5({ store: keyvAdapter(cache()) });
    await cache().set('other', 1, 60);
    await keyv.set('a:b', 1);
    expect([await keyv.get('a:b'), await keyv.get(['a:b'])]).toEqual([1, [1]]);
    expect(await allOf(keyv as unknown as AnyKeyv)).toEqual([['a:b', 1]]);
    await keyv.clear();
    expect(await cache().keys('*')).toEqual(['other']);
  });
});

describe('keyvAdapter and keyvStore', () => {
  const setting = { default: { BACKEND: 'locmem', LOCATION: 'keyv-adapter' } };

  it.each([keyvAdapter, keyvStore])('%p refuses what is no cache, at once, with what to write', (make) => {
    for (const bad of [undefined, null, 'default', 5, {}, new Map()])
      expect(() => make(bad as never)).toThrow(
        expect.objectContaining({
          code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
          message: expect.stringContaining("(caches.get('default'))"),
        }) as never,
      );
  });

  it('options that keyvAdapter does not know are refused: they belong to the Keyv', async () => {
    const caches = createCaches(setting);
    for (const bad of [
      { namespace: 'shop' },
      { serialization: 'off' },
      { ttl: 5 },
      { serialization: null },
      null,
      'shop',
      5,
      [],
      () => 1,
    ])
      expect(() => keyvAdapter(caches.get(), bad as never)).toThrow(InvalidArgumentError);
    await caches.close();
  });

  it('a Keyv 5 around keyvStore is told of keyvAdapter', async () => {
    const caches = createCaches(setting);
    expect(() => new Keyv5({ store: keyvStore(caches.get()) })).toThrow(/keyvAdapter\(cache\)/);
    await caches.close();
  });

  it.each([...TEXTS, ...VALUES])('disconnect() of a %s closes what it was given whole, and nothing else', async (_, make) => {
    const caches = createCaches(setting);
    const close = jest.spyOn(caches, 'close');
    await make(caches.get()).disconnect();
    expect(close).not.toHaveBeenCalled();
    const keyv = make(caches as never);
    await keyv.set('k', 1);
    expect(await caches.get().has('k')).toBe(true);
    await keyv.disconnect();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it.each([...TEXTS, ...VALUES])('in an outage reads of a %s are misses, and writes are error events', async (_, make) => {
    const redis = await startLocalRedis();
    const caches = createCaches({ default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '1s' } } });
    try {
      const keyv = make(caches.get());
      const errors: unknown[] = [];
      keyv.on('error', (error) => void errors.push(error));
      await keyv.set('k', 1);
      await redis.kill();
      expect([await keyv.get('k'), await keyv.get(['k', 'l']), await keyv.has('k')]).toEqual([
        undefined,
        [undefined, undefined],
        false,
      ]);
      expect(errors).toEqual([]);
      expect([await keyv.set('k', 2), await keyv.delete('k')]).toEqual([false, false]);
      await keyv.clear();
      expect(errors).toHaveLength(3);
      for (const error of errors) expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE' });
    } finally {
      await caches.close();
      await redis.stop();
    }
  });
});
