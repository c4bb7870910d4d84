import { describe, expect, it, jest } from '@jest/globals';
import { CACHE_MANAGER, CacheModule, type Cache } from '@nestjs/cache-manager';
import { NestFactory } from '@nestjs/core';
import { createCache } from 'cache-manager';
import { Cacheable, CacheableMemory } from 'cacheable';
import { Keyv, KeyvHooks } from 'keyv';
import { startLocalRedis } from 'local-sentinel';
import { createCaches, InvalidArgumentError } from 'nestjs-sentinel-cache';
import { keyvStore } from 'nestjs-sentinel-cache/keyv';
import { createCacheManager } from '../../libs/sentinel-cache/src/interop/cache-manager.adapter.js';
import { onRedisAndLocmem } from './support/on-redis-and-locmem.js';
import { rejectionOf, until } from './support/waiting.js';

const allOf = async (keyv: Keyv): Promise<[string, unknown][]> => {
  const pairs: [string, unknown][] = [];
  for await (const pair of keyv.iterator!(undefined)) pairs.push(pair as [string, unknown]);
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
};

onRedisAndLocmem('keyvStore', ({ cache }) => {
  const fresh = (namespace?: string): Keyv => {
    const keyv = keyvStore(cache());
    if (namespace !== undefined) keyv.namespace = namespace;
    return keyv;
  };

  describe('raw reads tell when entries end', () => {
    const near = (raw: unknown, ms: number): void => {
      const { expires } = raw as { expires: number };
      expect(expires).toBeLessThanOrEqual(Date.now() + ms);
      expect(expires).toBeGreaterThan(Date.now() + ms - 30_000);
    };

    it('of one entry and of many, in order; for ever is no end', async () => {
      await cache().set('a', 1, 60);
      await cache().set('b', null, null);
      const keyv = fresh();
      const keys = ['b', 'absent', 'a', 'b'];
      for (const found of [
        await keyv.getManyRaw(keys),
        await keyv.getMany(keys, { raw: true }),
        await keyv.get(keys, { raw: true }),
        [await keyv.getRaw('b'), undefined, await keyv.getRaw('a'), await keyv.get('b', { raw: true })],
      ]) {
        expect(found).toEqual([
          { value: null, expires: undefined },
          undefined,
          { value: 1, expires: expect.any(Number) },
          { value: null, expires: undefined },
        ]);
        near(found[2], 60_000);
      }
      expect(await keyv.getManyRaw([])).toEqual([]);
    });

    it('so that a layered cache keeps nothing past its end', async () => {
      const layered = new Cacheable({ primary: new Keyv({ store: new CacheableMemory() }), secondary: fresh() });
      await cache().setMany({ k: 1, l: 2 }, '4s');
      expect(await layered.getMany(['k', 'l'])).toEqual([1, 2]);
      expect(await cache().getMany(['k', 'l'])).toEqual(new Map(Object.entries({ k: 1, l: 2 })));
      await until('the entries have ended', async () => (await cache().getMany(['k', 'l'])).size === 0);
      expect(await layered.getMany(['k', 'l'])).toEqual([undefined, undefined]);
    });

    it('and delete nothing, whatever this machine´s clock says', async () => {
      await cache().set('k', 1, 60);
      const keyv = fresh();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
      const { expires } = (await keyv.getRaw('k')) as { expires: number };
      clock.mockRestore();
      expect(expires).toBeGreaterThan(0);
      expect(expires).toBeLessThanOrEqual(60_000);
      for (const later of [expires, expires + 1, Date.now() + 3_600_000]) {
        // Leaps ahead between the reply and what Keyv itself would look at.
        const leaping = jest.spyOn(Date, 'now').mockReturnValueOnce(0).mockReturnValue(later);
        expect(await keyv.get('k', { raw: true })).toMatchObject({ value: 1 });
        expect(await keyv.getManyRaw(['k'])).toMatchObject([{ value: 1 }]);
        leaping.mockRestore();
      }
      expect(await cache().get('k')).toBe(1);
    });

    it('and know no entry in its last moments, which a copy would outlive', async () => {
      const keyv = fresh();
      await cache().set('k', 1, '9ms');
      expect([await keyv.getRaw('k'), ...(await keyv.getManyRaw(['k']))]).toEqual([undefined, undefined]);
    });
  });

  describe('namespace', () => {
    it('keeps Keyvs apart under the keys of the cache, in every method', async () => {
      const [plain, a, b] = [fresh(), fresh('a'), fresh('b*')];
      expect(await a.set('k', 'of a')).toBe(true);
      await b.setMany([
        { key: 'k', value: 'of b' },
        { key: 'l', value: 'more' },
      ]);
      await plain.set('k', 'of none');
      expect(new Set(await cache().keys('*'))).toEqual(new Set(['k', 'a:k', 'b*:k', 'b*:l']));
      expect([await plain.get('k'), await a.get('k'), await b.get('k')]).toEqual(['of none', 'of a', 'of b']);
      expect(await a.get(['k', 'l'])).toEqual(['of a', undefined]);
      expect(await b.getManyRaw(['l', 'k'])).toMatchObject([{ value: 'more' }, { value: 'of b' }]);
      expect(await a.getRaw('k')).toMatchObject({ value: 'of a' });
      expect([await a.has('k'), await a.has('l'), await b.has(['k', 'x'])]).toEqual([true, false, [true, false]]);
      expect([await a.delete('l'), await b.delete('l'), await b.delete(['k'])]).toEqual([false, true, true]);
      expect([await a.get('k'), await b.get('k')]).toEqual(['of a', undefined]);
    });

    it('a key may begin like the namespace', async () => {
      const keyv = fresh('n');
      await keyv.set('n:k', 1);
      expect([await keyv.get('n:k'), await keyv.get(['n:k']), await keyv.get('k')]).toEqual([1, [1], undefined]);
      expect(await cache().get('n:n:k')).toBe(1);
    });

    it.each(['a', 'a*', '[ab]', '?', 'a\\', 'ü'])('clear() and iterator() are about %p alone', async (namespace) => {
      const foreign = { 'a:1': 1, 'ab:1': 1, 'a*:1': 1, 'b:1': 1, 'x:a:1': 1, 'a\\:1': 1, a: 1, 'ü:1': 1, '[ab]:1': 1, '?:1': 1 };
      const others = Object.fromEntries(Object.entries(foreign).filter(([key]) => key !== `${namespace}:1`));
      await cache().setMany(others, 60);
      const keyv = fresh(namespace);
      await keyv.set('k', 'v');
      expect(await allOf(keyv)).toEqual([['k', 'v']]);
      await keyv.clear();
      expect(await allOf(keyv)).toEqual([]);
      expect(new Set(await cache().keys('*'))).toEqual(new Set(Object.keys(others)));
    });

    it('may be taken off again, and is text; useKeyPrefix changes nothing', async () => {
      const keyv = fresh('a');
      for (const prefix of [true, false]) {
        keyv.useKeyPrefix = prefix;
        expect(keyv.useKeyPrefix).toBe(prefix);
        await keyv.set('k', prefix);
        expect([await keyv.get('k'), await keyv.get(['k']), await keyv.has('k')]).toEqual([prefix, [prefix], true]);
        expect(await cache().keys('*')).toEqual(['a:k']);
      }
      for (const none of [undefined, '']) {
        keyv.namespace = none;
        expect(keyv.namespace).toBeUndefined();
        expect(await keyv.get('a:k')).toBe(false);
      }
      expect(() => ((keyv as { namespace: unknown }).namespace = 5)).toThrow(InvalidArgumentError);
    });
  });

  it('iterator() gives key and value of every entry, however many, and not what is gone', async () => {
    const keyv = fresh();
    const entries = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${i}`, { i }]));
    await cache().setMany({ ...entries, none: null }, 60);
    expect(Object.fromEntries(await allOf(keyv))).toEqual({ ...entries, none: null });
    const manager = createCache({ stores: [keyv] });
    let seen = 0;
    for await (const [key, value] of manager.stores[0]!.iterator!({})) {
      seen += 1;
      if (seen === 1) await cache().clear();
      expect(value).toEqual(key === 'none' ? null : entries[key as string]);
    }
    expect(seen).toBeGreaterThan(0);
    expect(await allOf(keyv)).toEqual([]);
  });

  describe('what a Keyv can be told', () => {
    it.each([
      ['store', new Map()],
      ['serialize', JSON.stringify],
      ['deserialize', JSON.parse],
      ['compression', { compress: String, decompress: String }],
    ])('%s is refused at once, with the remedy, and changes nothing', async (name, value) => {
      const keyv = fresh() as unknown as Record<string, any>;
      for (const target of [keyv, keyv.opts])
        expect(() => (target[name] = value)).toThrow(
          expect.objectContaining({
            code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
            message: expect.stringMatching(/keyvStore|CACHES/),
          }) as never,
        );
      keyv[name] = undefined;
      const same: unknown = keyv[name];
      keyv[name] = same;
      expect(await keyv.set('k', { a: 1 })).toBe(true);
      expect([await keyv.get('k'), await keyv.get(['k']), await keyv.has('k'), await cache().get('k')]).toEqual([
        { a: 1 },
        [{ a: 1 }],
        true,
        { a: 1 },
      ]);
    });

    it.each([
      ['a Keyv over it', (keyv: Keyv) => new Keyv({ store: keyv as never })],
      ['a Keyv over its store', (keyv: Keyv) => new Keyv({ store: keyv.store as never })],
      ['a Keyv over it, first argument', (keyv: Keyv) => new Keyv(keyv as never, { namespace: 'x' })],
      ['a Keyv that gets it later', (keyv: Keyv) => void (new Keyv().store = keyv)],
    ])('%s is refused at once, with the remedy, and it stays as it was', async (_, make) => {
      for (const namespace of [undefined, 'mine']) {
        const keyv = fresh(namespace);
        expect(() => make(keyv)).toThrow(expect.objectContaining({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' }) as never);
        expect(() => make(keyv)).toThrow(/whole Keyv/);
        expect(keyv.namespace).toBe(namespace);
        await keyv.set('k', 1);
        expect(await cache().get(namespace ? 'mine:k' : 'k')).toBe(1);
      }
    });

    it('ttl is the life of what has none given; 0 is for ever', async () => {
      const keyv = fresh();
      keyv.ttl = 50_000;
      await keyv.set('a', 1);
      expect(await cache().pttl('a')).toBeLessThanOrEqual(50_000);
      await keyv.set('b', 1, 20_000);
      expect(await cache().pttl('b')).toBeLessThanOrEqual(20_000);
      keyv.ttl = 0;
      await keyv.setMany([{ key: 'c', value: 1 }]);
      expect(await cache().pttl('c')).toBeNull();
    });

    it('set answers true, also for what leaves nothing there: undefined, and a life that is over', async () => {
      const keyv = fresh();
      for (const [value, ttl] of [[undefined], ['v', -1], ['v', 0.3], ['v', -Infinity], [undefined, NaN]] as const) {
        await cache().set('k', 'before', 60);
        expect(await keyv.set('k', value, ttl)).toBe(true);
        expect(await keyv.get('k')).toBeUndefined();
        expect(await keyv.set('k', value, ttl)).toBe(true);
      }
      expect(await rejectionOf(keyv.set('k', 'v', NaN))).toBeInstanceOf(InvalidArgumentError);
    });

    it('hooks are called and stats are kept, with the keys of the caller', async () => {
      const keyv = fresh('n');
      keyv.stats.enabled = true;
      const seen: unknown[] = [];
      for (const hook of Object.values(KeyvHooks)) keyv.hooks.addHandler(hook, (data: object) => void seen.push([hook, data]));
      await keyv.set('k', 1);
      await keyv.get('k');
      await keyv.get('absent');
      await keyv.getMany(['k', 'absent']);
      await keyv.getManyRaw(['k']);
      await keyv.getRaw('k');
      expect({ hits: keyv.stats.hits, misses: keyv.stats.misses, sets: keyv.stats.sets }).toEqual({
        hits: 4,
        misses: 2,
        sets: 1,
      });
      expect(seen).toEqual([
        ['preSet', expect.objectContaining({ key: 'k', value: 1 })],
        ['postSet', expect.objectContaining({ key: 'k' })],
        ['preGet', { key: 'k' }],
        ['postGet', { key: 'k', value: { value: 1, expires: undefined } }],
        ['preGet', { key: 'absent' }],
        ['postGet', { key: 'absent', value: undefined }],
        ['preGetMany', { keys: ['k', 'absent'] }],
        ['postGetMany', [1, undefined]],
        ['preGetManyRaw', { keys: ['k'] }],
        ['postGetManyRaw', { keys: ['k'], values: [expect.objectContaining({ value: 1 })] }],
        ['preGetRaw', { key: 'k' }],
        ['postGetRaw', { key: 'k', value: expect.objectContaining({ value: 1 }) }],
      ]);
    });
  });

  describe('CACHE_MANAGER´s wrap', () => {
    const made = () => createCacheManager(cache(), cache().ignoringOutages());

    it('writes and reads through stores[0]', async () => {
      const manager = made();
      const set = jest.spyOn(manager.stores[0]!, 'set');
      manager.stores[0]!.ttl = 40_000;
      expect(await manager.wrap('k', () => 1)).toBe(1);
      expect(set).toHaveBeenCalledTimes(1);
      expect(await cache().pttl('k')).toBeLessThanOrEqual(40_000);
      jest.spyOn(manager.stores[0]!, 'get').mockResolvedValue({ value: 'faked' } as never);
      expect(await manager.wrap('k', () => 2)).toBe('faked');
    });

    it('tells of a refresh, with its error when the new value can´t be stored', async () => {
      const manager = made();
      const told: unknown[] = [];
      manager.on('refresh', (event) => void told.push(event));
      await manager.set('k', 'old', 5000);
      expect(await manager.wrap('k', () => 'new', 5000, 60_000)).toBe('old');
      await until('it is refreshed', () => told.length === 1);
      expect(told).toEqual([{ key: 'k', value: 'new' }]);
      expect(await manager.wrap('k', () => Symbol('no value'), 5000, 60_000)).toBe('new');
      await until('it is told', () => told.length === 2);
      expect(told[1]).toMatchObject({ key: 'k', error: expect.any(Error) });
    });

    it('what the function writes by itself is no write of wrap', async () => {
      const manager = made();
      const inside = await manager.wrap('k', async () =>
        rejectionOf(manager.set('l', { no: () => 1 })).then(({ code }) => code as string),
      );
      expect(inside).toBe('SENTINEL_CACHE_CODEC');
    });
  });
});

describe('CacheModule.register with keyvStore of all caches', () => {
  it('closes every connection at app.close(): nothing holds the process', async () => {
    const redis = await startLocalRedis();
    const caches = createCaches({
      default: { BACKEND: 'redis', LOCATION: redis.url(0), OPTIONS: { deadline: '5s' } },
      other: { BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS: { deadline: '5s' } },
    });
    try {
      const imports = [CacheModule.register({ stores: [keyvStore(caches)] })];
      const app = await NestFactory.createApplicationContext({ module: class {}, imports }, { logger: ['error'] });
      await app.get<Cache>(CACHE_MANAGER).set('k', 1);
      expect([await caches.get().get('k'), await caches.get('other').get('k')]).toEqual([1, undefined]);
      await app.close();
      for (const alias of caches.aliases())
        expect(await rejectionOf(caches.get(alias).get('k'))).toMatchObject({
          code: 'SENTINEL_CACHE_UNAVAILABLE',
          reason: 'closed',
        });
    } finally {
      await caches.close();
      await redis.stop();
    }
  });
});

describe('disconnect', () => {
  const setting = { default: { BACKEND: 'locmem', LOCATION: 'disconnect' } };

  it('of a Keyv over one cache leaves the caches open: who made them closes them', async () => {
    const caches = createCaches(setting);
    const close = jest.spyOn(caches, 'close');
    await keyvStore(caches.get()).disconnect();
    expect(close).not.toHaveBeenCalled();
  });

  it('of a Keyv that was given all caches closes them', async () => {
    const caches = createCaches(setting);
    const close = jest.spyOn(caches, 'close');
    const keyv = keyvStore(caches);
    await keyv.set('k', 1);
    expect(await caches.get().get('k')).toBe(1);
    await keyv.disconnect();
    expect(close).toHaveBeenCalledTimes(1);
  });
});
