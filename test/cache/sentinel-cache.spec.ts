import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CodecError,
  CommandRejectedError,
  createCaches,
  ImproperlyConfiguredError,
  InvalidArgumentError,
  InvalidCacheKeyError,
  MissingCacheKeyError,
  SentinelCacheError,
  type CachesSetting,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { rejectionOf, until } from './support/waiting.js';

/** A quiet deadline: what is slow here is the machine. */
const DEADLINE = { deadline: '5s' };
const TIMEOUT_S = 300;

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
});
afterAll(async () => {
  await redis?.stop();
});

type Setting = (more?: Record<string, unknown>) => CachesSetting[string];
const onRedis: Setting = (more) => ({ BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS: DEADLINE, ...more });
const onLocmem: Setting = (more) => ({ BACKEND: 'locmem', LOCATION: 'spec', MAX_ENTRIES: 50_000, ...more });

describe.each([
  ['Redis', onRedis],
  ['locmem', onLocmem],
] as const)('SentinelCache on %s', (kind, setting) => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  /** The same entries through another connection. */
  let others: SentinelCaches;
  let peer: SentinelCache;

  beforeAll(() => {
    caches = createCaches({ default: setting() });
    cache = caches.get('default');
    others = kind === 'locmem' ? caches : createCaches({ default: setting() });
    peer = others.get('default');
  });
  afterAll(async () => {
    await caches?.close();
    await others?.close();
  });
  beforeEach(async () => {
    await cache.clear({ database: true });
  });

  describe('get', () => {
    it('A-20: tells a miss (undefined), a default, and a stored None (null) apart', async () => {
      expect(await cache.get('absent')).toBeUndefined();
      expect(await cache.get('absent', { default: 0 })).toBe(0);
      await cache.set('none', null);
      expect(await cache.get('none')).toBeNull();
      expect(await cache.get('none', { default: 0 })).toBeNull();
    });

    it.each([0, '', false, [], {}, 1.5, 'text', true, [1, [2, null]], { a: { b: [] } }])(
      'gives back %j as it was',
      async (value) => {
        await cache.set('k', value, 60);
        expect(await cache.get('k')).toEqual(value);
      },
    );

    it('gives each reader a value of its own', async () => {
      await cache.set('k', { list: [1] }, 60);
      const mine = await cache.get<{ list: number[] }>('k');
      mine!.list.push(2);
      expect(await cache.get('k')).toEqual({ list: [1] });
    });

    it('A-2: keeps versions apart, 0 literally, null and omitted as VERSION', async () => {
      await cache.set('k', 'one', 60);
      await cache.set('k', 'two', 60, { version: 2 });
      await cache.set('k', 'zero', 60, { version: 0 });
      expect(await cache.get('k')).toBe('one');
      expect(await cache.get('k', { version: null })).toBe('one');
      expect(await cache.get('k', { version: 1 })).toBe('one');
      expect(await cache.get('k', { version: 2 })).toBe('two');
      expect(await cache.get('k', { version: 0 })).toBe('zero');
      await cache.delete('k', { version: 2 });
      expect(await cache.get('k', { version: 2 })).toBeUndefined();
      expect(await cache.get('k')).toBe('one');
    });

    it('A-4: a stored key is a key like any other: there are no marked ones', async () => {
      await cache.set('k', 'v', 60);
      expect(await cache.get(cache.makeKey('k'))).toBeUndefined();
      expect(cache.makeKey(cache.makeKey('k'))).toBe(':1::1:k');
    });

    it('A-31: reads what was just written, through any connection', async () => {
      for (let i = 0; i < 50; i += 1) {
        await (i % 2 ? cache : peer).set('k', i, 60);
        expect(await cache.get('k')).toBe(i);
        expect(await peer.get('k')).toBe(i);
      }
    });

    it('A-1: takes the scalars that Python turns into text, and makes Django´s stored keys of them', async () => {
      expect(cache.makeKey('foo')).toBe(':1:foo');
      expect(cache.makeKey('foo', 2)).toBe(':2:foo');
      expect([42, true, null, 10n].map((key) => cache.makeKey(key))).toEqual([':1:42', ':1:True', ':1:None', ':1:10']);
      await cache.set(42, 'number', 60);
      expect(await cache.get('42')).toBe('number');
    });

    it.each([
      ['undefined', undefined],
      ['an object', {}],
      ['an array', []],
      ['a function', () => 1],
      ['a symbol', Symbol('s')],
      ['half a surrogate pair', '\ud800'],
    ])('refuses %s as a key, before anything is sent', async (_, key) => {
      const error = await rejectionOf(cache.get(key as never));
      expect(error).toBeInstanceOf(InvalidCacheKeyError);
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_INVALID_KEY', executed: false });
    });
  });

  describe('set', () => {
    it('A-10: lives for TIMEOUT when no timeout is given', async () => {
      expect(await cache.set('k', 'v')).toBe(true);
      expect(await cache.pttl('k')).toBeGreaterThan(TIMEOUT_S * 1000 - 20_000);
      expect(await cache.pttl('k')).toBeLessThanOrEqual(TIMEOUT_S * 1000);
    });

    it('A-10: lives for ever with null', async () => {
      await cache.set('k', 'v', null);
      expect(await cache.pttl('k')).toBeNull();
      expect(await cache.ttl('k')).toBeNull();
    });

    it.each([
      [60, 60_000],
      ['15m', 900_000],
      ['2h', 7_200_000],
      ['1d', 86_400_000],
      ['90s', 90_000],
      ['30000ms', 30_000],
      ['1.5m', 90_000],
      [31.5, 31_500],
    ] as const)('A-11, pain 1: takes %p as %d ms', async (timeout, ms) => {
      await cache.set('k', 'v', timeout);
      const left = (await cache.pttl('k'))!;
      expect(left).toBeLessThanOrEqual(ms);
      expect(left).toBeGreaterThan(ms - 20_000);
    });

    it('A-11: keeps the half second of 1.5 s', async () => {
      await cache.set('k', 'v', 1.5);
      const left = (await cache.pttl('k'))!;
      expect(left).toBeLessThanOrEqual(1500);
      expect(left).toBeGreaterThan(0);
      await cache.set('k', 'v', 1001.5);
      expect(await cache.pttl('k')).toBeGreaterThan(1_000_000);
    });

    it('is gone when its time is over, for every reader', async () => {
      await cache.set('k', 'v', '80ms');
      await until('it is gone', async () => (await cache.get('k')) === undefined);
      expect(await peer.get('k')).toBeUndefined();
      expect(await cache.has('k')).toBe(false);
      expect(await cache.getMany(['k'])).toEqual(new Map());
      expect(await cache.add('k', 'again', 60)).toBe(true);
    });

    it.each([0, -1, -0.5, '0s', '-5m', 0.0004] as const)(
      'A-10, A-12: deletes with the timeout %p, and says whether there was an entry',
      async (timeout) => {
        await cache.set('k', 'v', 60);
        expect(await cache.set('k', 'new', timeout)).toBe(true);
        expect(await cache.get('k')).toBeUndefined();
        expect(await cache.set('k', 'new', timeout)).toBe(false);
        expect(await cache.get('k')).toBeUndefined();
      },
    );

    it('A-12: with nx and a timeout of 0 neither writes nor deletes, and says whether it was absent', async () => {
      expect(await cache.set('k', 'v', 0, { nx: true })).toBe(true);
      expect(await cache.has('k')).toBe(false);
      await cache.set('k', 'kept', 60);
      expect(await cache.set('k', 'v', 0, { nx: true })).toBe(false);
      expect(await cache.get('k')).toBe('kept');
    });

    it('A-53: stores with nx only what is absent, with xx only what is there', async () => {
      expect(await cache.set('k', 1, 60, { xx: true })).toBe(false);
      expect(await cache.has('k')).toBe(false);
      expect(await cache.set('k', 1, 60, { nx: true })).toBe(true);
      expect(await cache.set('k', 2, 60, { nx: true })).toBe(false);
      expect(await cache.get('k')).toBe(1);
      expect(await cache.set('k', 3, 60, { xx: true })).toBe(true);
      expect(await cache.get('k')).toBe(3);
    });

    it('text is no list of keys, and what is no object no map of values: nothing is read, written or deleted', async () => {
      await cache.set('a', 1, 60);
      for (const wrong of ['abc', undefined, null, 5] as never[]) {
        expect(await rejectionOf(cache.getMany(wrong))).toBeInstanceOf(InvalidArgumentError);
        expect(await rejectionOf(cache.deleteMany(wrong))).toBeInstanceOf(InvalidArgumentError);
        expect(await rejectionOf(cache.setMany(wrong, 60))).toBeInstanceOf(InvalidArgumentError);
      }
      expect(await rejectionOf(cache.setMany(['ab'] as never, 60))).toBeInstanceOf(InvalidArgumentError);
      expect(await rejectionOf(cache.command('SET', cache.makeKey('a'), undefined as never))).toBeInstanceOf(
        InvalidArgumentError,
      );
      expect(await cache.get('a')).toBe(1);
    });

    it('A-53: refuses nx and xx together', async () => {
      expect(await rejectionOf(cache.set('k', 1, 60, { nx: true, xx: true }))).toBeInstanceOf(InvalidArgumentError);
    });

    it.each([undefined, () => 1, Symbol('s')])(
      'refuses the value %p with a CodecError that names the key and not the value',
      async (value) => {
        const error = await rejectionOf(cache.set('k', { deep: [value === undefined ? Symbol('x') : value] }, 60));
        expect(error).toBeInstanceOf(CodecError);
        expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', alias: 'default', key: ':1:k', executed: false });
        expect(await rejectionOf(cache.set('k', undefined, 60))).toBeInstanceOf(CodecError);
        expect(await cache.has('k')).toBe(false);
      },
    );

    it.each([Number.NaN, true, 'a while', '300', '5 weeks', {}, [], 10n, '', new Date()])(
      'A-14: refuses %p as a timeout in every method, before anything is sent',
      async (timeout) => {
        const wrong = timeout as never;
        await cache.set('k', 'kept', 60);
        const { token } = await cache.getWithToken('k');
        const calls = [
          cache.set('k', 1, wrong),
          cache.add('fresh', 1, wrong),
          cache.getOrSet('fresh', () => 1, wrong),
          cache.setMany({ fresh: 1 }, wrong),
          cache.touch('k', wrong),
          cache.compareAndSet('k', token, 1, wrong),
        ];
        for (const error of await Promise.all(calls.map(rejectionOf))) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toBeInstanceOf(SentinelCacheError);
          expect(error).toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT', alias: 'default', executed: false });
        }
        expect(await cache.get('k')).toBe('kept');
        expect(await cache.has('fresh')).toBe(false);
      },
    );
  });

  describe('add', () => {
    it('A-13: stores only what is absent, and says whether it did', async () => {
      expect(await cache.add('k', 'mine', 60)).toBe(true);
      expect(await peer.add('k', 'theirs', 60)).toBe(false);
      expect(await cache.get('k')).toBe('mine');
    });

    it('lets one of 50 callers win', async () => {
      const won = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? cache : peer).add('lock', i, 10)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await cache.get('lock')).toBe(won.indexOf(true));
    });

    it('counts a stored None as there', async () => {
      await cache.set('k', null, 60);
      expect(await cache.add('k', 1, 60)).toBe(false);
      expect(await cache.get('k')).toBeNull();
    });
  });

  describe('getOrSet', () => {
    it('A-20: makes, stores with the timeout and gives back; the next call finds it', async () => {
      let made = 0;
      const make = () => ({ made: ++made });
      expect(await cache.getOrSet('k', make, '15m')).toEqual({ made: 1 });
      expect(await cache.getOrSet('k', make, '15m')).toEqual({ made: 1 });
      expect(made).toBe(1);
      expect(await peer.get('k')).toEqual({ made: 1 });
      expect(await cache.pttl('k')).toBeGreaterThan(800_000);
    });

    it('A-43: takes a plain value, a function and an async function', async () => {
      expect(await cache.getOrSet('a', 'plain', 60)).toBe('plain');
      expect(await cache.getOrSet('b', () => 'made', 60)).toBe('made');
      expect(await cache.getOrSet('c', async () => 'awaited', 60)).toBe('awaited');
      expect(await cache.getMany(['a', 'b', 'c'])).toEqual(new Map(Object.entries({ a: 'plain', b: 'made', c: 'awaited' })));
    });

    it('pain 22, A-20: a made null is stored and is a hit', async () => {
      let made = 0;
      const make = () => {
        made += 1;
        return null;
      };
      expect(await cache.getOrSet('k', make, 60)).toBeNull();
      expect(await cache.getOrSet('k', make, 60)).toBeNull();
      expect(made).toBe(1);
      expect(await cache.getOrSet('other', null, 60)).toBeNull();
      expect(await cache.has('other')).toBe(true);
    });

    it('A-20: a cached None is a hit: nothing is made', async () => {
      await cache.set('k', null, 60);
      let made = 0;
      expect(await cache.getOrSet('k', () => (made += 1), 60)).toBeNull();
      expect(made).toBe(0);
    });

    it('gives a made undefined back and does not store it', async () => {
      let made = 0;
      const make = () => {
        made += 1;
        return undefined;
      };
      expect(await cache.getOrSet('k', make, 60)).toBeUndefined();
      expect(await cache.has('k')).toBe(false);
      expect(await cache.getOrSet('k', make, 60)).toBeUndefined();
      expect(made).toBe(2);
    });

    it('pain 23: of 100 callers at once one makes it, and each gets a copy of its own', async () => {
      let made = 0;
      const make = async () => {
        made += 1;
        await until('the others have come', () => waiting === 100);
        return { list: [made] };
      };
      let waiting = 0;
      const calls = Array.from({ length: 100 }, () => {
        const call = cache.getOrSet('k', make, 60);
        waiting += 1;
        return call;
      });
      const values = await Promise.all(calls);
      expect(made).toBe(1);
      expect(values.every((value) => value?.list[0] === 1)).toBe(true);
      expect(new Set(values).size).toBe(100);
    });

    it('gives 100 callers a made undefined, each of them', async () => {
      let made = 0;
      const values = await Promise.all(
        Array.from({ length: 100 }, () =>
          cache.getOrSet('k', async () => {
            made += 1;
            return undefined;
          }),
        ),
      );
      expect(values.every((value) => value === undefined)).toBe(true);
      expect(made).toBeLessThanOrEqual(100);
      expect(await cache.has('k')).toBe(false);
    });

    it('hands the rejection of the function to every caller, and does not keep it', async () => {
      const boom = new Error('boom');
      let made = 0;
      const failing = async (): Promise<string> => {
        made += 1;
        await new Promise((resolve) => setImmediate(resolve));
        throw boom;
      };
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => cache.getOrSet('k', failing, 60)));
      expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason === boom)).toBe(true);
      expect(made).toBe(1);
      expect(await cache.has('k')).toBe(false);
      expect(await cache.getOrSet('k', () => 'now', 60)).toBe('now');
    });

    it('hands on what a function throws before it returns, too', async () => {
      const boom = new Error('boom');
      const failing = (): string => {
        throw boom;
      };
      expect(await rejectionOf(cache.getOrSet('k', failing, 60))).toBe(boom);
      expect(await cache.getOrSet('k', () => 'now', 60)).toBe('now');
    });

    it('A-20: a faster writer´s value wins, for the maker and those who waited', async () => {
      let waiting = 0;
      const make = async () => {
        await until('another waits', () => waiting === 2);
        await peer.set('k', 'faster', 60);
        return 'slower';
      };
      const calls = [cache.getOrSet('k', make, 60), cache.getOrSet('k', make, 60)];
      waiting = 2;
      expect(await Promise.all(calls)).toEqual(['faster', 'faster']);
      expect(await cache.get('k')).toBe('faster');
    });

    it('A-20: a timeout of 0 gives the value and stores nothing', async () => {
      expect(await cache.getOrSet('k', () => 'v', 0)).toBe('v');
      expect(await cache.has('k')).toBe(false);
    });

    it('keeps versions apart, in flight too', async () => {
      const [one, two] = await Promise.all([
        cache.getOrSet('k', async () => 'one', 60),
        cache.getOrSet('k', async () => 'two', 60, { version: 2 }),
      ]);
      expect([one, two]).toEqual(['one', 'two']);
    });

    it('rejects with a CodecError when the made value can not be written, and does not keep the flight', async () => {
      expect(await rejectionOf(cache.getOrSet('k', () => ({ s: Symbol('s') }), 60))).toBeInstanceOf(CodecError);
      expect(await cache.getOrSet('k', () => 'fine', 60)).toBe('fine');
    });
  });

  describe('many', () => {
    it('getMany gives a Map of the hits, stored Nones included, by the keys as they were given', async () => {
      await cache.set('a', 1, 60);
      await cache.set('b', null, 60);
      await cache.set(7, 'seven', 60);
      const found = await cache.getMany<unknown, string | number>(['a', 'b', 'absent', 7, 'a']);
      expect([...found]).toEqual([
        ['a', 1],
        ['b', null],
        [7, 'seven'],
      ]);
    });

    it('A-23: takes nothing, and any iterable', async () => {
      expect(await cache.getMany([])).toEqual(new Map());
      expect(await cache.getMany((function* (): Generator<string> {})())).toEqual(new Map());
      expect(await cache.deleteMany((function* (): Generator<string> {})())).toBe(0);
      expect(await cache.deleteMany([])).toBe(0);
      await cache.setMany({});
      await cache.setMany(new Map());
      await cache.setMany({ a: 1, b: 2 });
      expect(await cache.getMany(new Set(['a', 'b']))).toEqual(new Map(Object.entries({ a: 1, b: 2 })));
    });

    it('A-24: setMany stores an object or a Map, all with the timeout', async () => {
      await cache.setMany({ a: 1, b: { c: null } }, 60);
      await cache.setMany(
        new Map<string | number, unknown>([
          ['d', 'text'],
          [5, 'five'],
        ]),
        null,
        { version: 3 },
      );
      expect(await cache.get('b')).toEqual({ c: null });
      expect(await cache.ttl('a')).toBeGreaterThan(40);
      expect(await cache.ttl('a')).toBeLessThanOrEqual(60);
      expect(await cache.get(5, { version: 3 })).toBe('five');
      expect(await cache.pttl('d', { version: 3 })).toBeNull();
      expect(await cache.has('d')).toBe(false);
    });

    it('setMany without a timeout takes TIMEOUT', async () => {
      await cache.setMany({ a: 1 });
      expect(await cache.ttl('a')).toBeGreaterThan(TIMEOUT_S - 20);
    });

    it('A-24: setMany with a timeout of 0 deletes', async () => {
      await cache.setMany({ a: 1, b: 2, c: 3 }, 60);
      await cache.setMany({ a: 9, b: 9 }, 0);
      expect([...(await cache.getMany(['a', 'b', 'c'])).keys()]).toEqual(['c']);
    });

    it('setMany stores none when one value can not be written', async () => {
      expect(await rejectionOf(cache.setMany({ a: 1, b: Symbol('s') }, 60))).toBeInstanceOf(CodecError);
      expect(await cache.has('a')).toBe(false);
    });

    it('deleteMany says how many there were, each counted once', async () => {
      await cache.setMany({ a: 1, b: 2, c: 3 }, 60);
      expect(await cache.deleteMany(['a', 'b', 'absent', 'a'])).toBe(2);
      expect([...(await cache.getMany(['a', 'b', 'c'])).keys()]).toEqual(['c']);
    });

    it('carries 10 000 entries in one call', async () => {
      const entries = new Map(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
      await cache.setMany(entries, 60);
      expect(await cache.getMany(entries.keys())).toEqual(entries);
      expect(await cache.deleteMany(entries.keys())).toBe(10_000);
    });
  });

  describe('incr and decr', () => {
    it('A-25, A-30: add, subtract, take negative deltas and know no floor', async () => {
      await cache.set('n', 1, 60);
      expect(await cache.incr('n')).toBe(2);
      expect(await cache.incr('n', 10)).toBe(12);
      expect(await cache.decr('n')).toBe(11);
      expect(await cache.decr('n', 20)).toBe(-9);
      expect(await cache.incr('n', -1)).toBe(-10);
      expect(await cache.decr('n', -10)).toBe(0);
      expect(await cache.incr('n', 0)).toBe(0);
      expect(await peer.get('n')).toBe(0);
    });

    it('are exact past 2^53, as a bigint', async () => {
      await cache.set('n', 2n ** 53n, 60);
      expect(await cache.incr('n')).toBe(2n ** 53n + 1n);
      expect(await cache.get('n')).toBe(2n ** 53n + 1n);
      expect(await cache.incr('n', 2n ** 61n)).toBe(2n ** 61n + 2n ** 53n + 1n);
      expect(await cache.decr('n', 2n ** 61n + 2n ** 53n)).toBe(1);
      expect(await cache.incr('n', Number.MAX_SAFE_INTEGER - 1)).toBe(Number.MAX_SAFE_INTEGER);
      expect(await cache.incr('n', 1)).toBe(2n ** 53n);
    });

    it('A-25: keep the lifetime', async () => {
      await cache.set('n', 1, 3600);
      await cache.incr('n');
      expect(await cache.ttl('n')).toBeGreaterThan(3500);
      await cache.set('n', 1, null);
      await cache.decr('n');
      expect(await cache.ttl('n')).toBeNull();
    });

    it('A-25, A-28: reject with MissingCacheKeyError where there is nothing, and make nothing', async () => {
      for (const call of [cache.incr('absent'), cache.decr('absent', 2)]) {
        const error = await rejectionOf(call);
        expect(error).toBeInstanceOf(MissingCacheKeyError);
        expect(error).toMatchObject({ code: 'SENTINEL_CACHE_MISSING_KEY', key: 'absent', alias: 'default', executed: false });
      }
      expect(await cache.has('absent')).toBe(false);
    });

    it.each([1.5, Number.NaN, Infinity, 2 ** 53])('refuse %p as a delta', async (delta) => {
      await cache.set('n', 1, 60);
      expect(await rejectionOf(cache.incr('n', delta))).toBeInstanceOf(InvalidArgumentError);
      expect(await rejectionOf(cache.decr('n', delta))).toBeInstanceOf(InvalidArgumentError);
      expect(await cache.get('n')).toBe(1);
    });

    it.each(['text', null, true, 1.5, { n: 1 }])('A-27: are refused on %p, which stays as it is', async (value) => {
      await cache.set('k', value, 60);
      const error = await rejectionOf(cache.incr('k'));
      expect(error).toBeInstanceOf(CommandRejectedError);
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_REJECTED', redisCode: 'ERR', executed: false, alias: 'default' });
      expect(await cache.get('k')).toEqual(value);
    });

    it('A-26: go on past 2^63, exactly, in one step, with the lifetime kept', async () => {
      const top = 2n ** 63n - 1n;
      await cache.set('n', top, 3600);
      expect(await cache.incr('n')).toBe(2n ** 63n);
      expect(await cache.incr('n', 10n ** 30n)).toBe(10n ** 30n + 2n ** 63n);
      expect(await cache.get('n')).toBe(10n ** 30n + 2n ** 63n);
      expect(await cache.ttl('n')).toBeGreaterThan(3500);
      expect(await cache.decr('n', 10n ** 30n + 2n ** 63n)).toBe(0);
      expect(await cache.decr('n', 2n ** 64n)).toBe(-(2n ** 64n));
      await cache.set('n', top, null);
      const sums = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? cache : peer).incr('n')));
      expect(new Set(sums).size).toBe(40);
      expect(await cache.get('n')).toBe(top + 40n);
      expect(await cache.pttl('n')).toBeNull();
    });

    it('A-26: are refused where Python could not read the sum any more', async () => {
      const longest = 10n ** 4300n - 1n;
      await cache.set('n', longest, 60);
      expect(await rejectionOf(cache.incr('n'))).toMatchObject({ code: 'SENTINEL_CACHE_REJECTED', executed: false });
      expect(await cache.get('n')).toBe(longest);
      expect(await cache.decr('n', 1)).toBe(longest - 1n);
    });

    it('A-40, A-41, A-42: being asynchronous changes nothing: neither atomicity nor the lifetime', async () => {
      await cache.set('n', 0, 1000);
      await Promise.all(Array.from({ length: 20 }, () => cache.incr('n')));
      expect(await cache.get('n')).toBe(20);
      expect(await cache.ttl('n')).toBeGreaterThan(900);
      await cache.incrVersion('n');
      expect(await cache.ttl('n', { version: 2 })).toBeGreaterThan(900);
    });

    it('lose no count of 200 at once', async () => {
      await cache.set('n', 0, 60);
      const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 ? cache : peer).incr('n')));
      expect(new Set(sums).size).toBe(200);
      expect(await cache.get('n')).toBe(200);
    });
  });

  describe('touch, has, delete, ttl', () => {
    it('A-21: touch gives a new timeout and says whether there is an entry', async () => {
      await cache.set('k', 'v', 60);
      expect(await cache.touch('k', 3600)).toBe(true);
      expect(await cache.ttl('k')).toBeGreaterThan(3500);
      expect(await cache.touch('k')).toBe(true);
      expect(await cache.ttl('k')).toBeLessThanOrEqual(TIMEOUT_S);
      expect(await cache.touch('k', '1h')).toBe(true);
      expect(await cache.ttl('k')).toBeGreaterThan(3500);
      expect(await cache.get('k')).toBe('v');
      expect(await cache.touch('absent', 60)).toBe(false);
      expect(await cache.has('absent')).toBe(false);
    });

    it('A-21: touch with null makes it live for ever, and says false when it did already', async () => {
      await cache.set('k', 'v', 60);
      expect(await cache.touch('k', null)).toBe(true);
      expect(await cache.ttl('k')).toBeNull();
      expect(await cache.touch('k', null)).toBe(false);
      expect(await cache.touch('k', 60)).toBe(true);
    });

    it('A-21: touch with 0 or less deletes', async () => {
      await cache.setMany({ a: 1, b: 2 }, 60);
      expect(await cache.touch('a', 0)).toBe(true);
      expect(await cache.touch('b', -1)).toBe(true);
      expect(await cache.touch('b', 0)).toBe(false);
      expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
    });

    it('A-50: ttl and pttl give 0 for nothing, null for ever, else what is left', async () => {
      expect(await cache.ttl('absent')).toBe(0);
      expect(await cache.pttl('absent')).toBe(0);
      await cache.set('k', 'v', 100);
      expect(await cache.ttl('k')).toBeGreaterThan(80);
      expect(await cache.ttl('k')).toBeLessThanOrEqual(100);
      expect(await cache.pttl('k')).toBeGreaterThan(80_000);
    });

    it('has and delete say whether there is, and was, an entry', async () => {
      expect(await cache.has('k')).toBe(false);
      await cache.set('k', null, 60);
      expect(await cache.has('k')).toBe(true);
      expect(await cache.delete('k')).toBe(true);
      expect(await cache.delete('k')).toBe(false);
      expect(await cache.has('k')).toBe(false);
    });

    it('getWithPttl gives value and time left in one round trip', async () => {
      expect(await cache.getWithPttl('absent')).toBeUndefined();
      await cache.set('k', null, 100);
      const found = await cache.getWithPttl('k');
      expect(found?.value).toBeNull();
      expect(found?.pttl).toBeGreaterThan(80_000);
      await cache.touch('k', null);
      expect(await cache.getWithPttl('k')).toEqual({ value: null, pttl: null });
    });

    it('getManyWithPttl gives the hits of getMany, each with the time it has left', async () => {
      expect(await cache.getManyWithPttl([])).toEqual(new Map());
      await cache.set('a', 1, 100);
      await cache.set('b', null, null);
      const found = await cache.getManyWithPttl(['b', 'absent', 'a', 'b']);
      expect([...found.keys()]).toEqual(['b', 'a']);
      expect(found.get('b')).toEqual({ value: null, pttl: null });
      expect(found.get('a')).toEqual({ value: 1, pttl: expect.any(Number) });
      expect(found.get('a')!.pttl).toBeGreaterThan(80_000);
      expect(found.get('a')!.pttl).toBeLessThanOrEqual(100_000);
    });
  });

  describe('clear', () => {
    it('A-22: removes this cache´s entries in all versions', async () => {
      await cache.set('a', 1, 60);
      await cache.set('b', 1, null, { version: 2 });
      await cache.set('c', 1, 60, { version: 'x' });
      await cache.clear();
      expect(await cache.has('a')).toBe(false);
      expect(await cache.has('b', { version: 2 })).toBe(false);
      expect(await cache.has('c', { version: 'x' })).toBe(false);
    });

    it.each([
      ['app', ['apps', 'ap', 'app2', 'xapp', 'APP', '']],
      ['p*', ['p', 'pq', 'p**', 'pxyz', '*']],
      ['p?', ['p', 'pq', 'pé', '??']],
      ['p[ab]', ['pa', 'pb', 'p[', 'p[ab']],
      ['p[^x]', ['py', 'p^']],
      ['p\\', ['p', 'p\\\\', 'px']],
      ['\\*', ['*', 'x', '\\x']],
      ['é]', ['e]', 'é']],
    ])('A-22, A-56: of prefix %p leaves %j alone', async (prefix, others) => {
      const several = createCaches({
        default: setting({ KEY_PREFIX: prefix }),
        ...Object.fromEntries(others.map((other) => [`of ${other}`, setting({ KEY_PREFIX: other })])),
      });
      try {
        const own = several.get('default');
        await own.set('a', 'own', 60);
        await own.set('b', 'own', 60, { version: 9 });
        for (const other of others) await several.get(`of ${other}`).set('a', other, 60);
        await own.clear();
        expect(await own.has('a')).toBe(false);
        expect(await own.has('b', { version: 9 })).toBe(false);
        for (const other of others) expect(await several.get(`of ${other}`).get('a')).toBe(other);
      } finally {
        await several.close();
      }
    });

    it('removes 10 000 entries and leaves 1 000 of another prefix', async () => {
      const two = createCaches({ default: setting({ KEY_PREFIX: 'big' }), other: setting({ KEY_PREFIX: 'other' }) });
      try {
        const [big, other] = [two.get('default'), two.get('other')];
        const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}`);
        await big.setMany(new Map(keys.map((key, i) => [key, i])), 600);
        await other.setMany(new Map(keys.slice(0, 1000).map((key, i) => [key, i])), 600);
        await big.clear();
        expect((await big.getMany(keys)).size).toBe(0);
        expect((await other.getMany(keys)).size).toBe(1000);
      } finally {
        await two.close();
      }
    });

    it('ends by a signal', async () => {
      await cache.set('a', 1, 60);
      const error = await rejectionOf(cache.clear({ signal: AbortSignal.abort(new Error('enough')) }));
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'aborted', alias: 'default', executed: false });
      expect(await cache.has('a')).toBe(true);
    });

    it('refuses with a KEY_FUNCTION of one´s own, and takes everything with { database: true }', async () => {
      const own = createCaches({
        default: setting({ KEY_FUNCTION: (key: string, prefix: string, version: string) => `${key}|${prefix}|${version}` }),
      });
      try {
        await own.get().set('a', 1, 60);
        const error = await rejectionOf(own.get().clear());
        expect(error).toBeInstanceOf(ImproperlyConfiguredError);
        expect(error.problems).toMatchObject([{ path: 'CACHES.default.KEY_FUNCTION' }]);
        expect(await own.get().get('a')).toBe(1);
        await own.get().clear({ database: true });
        expect(await own.get().has('a')).toBe(false);
      } finally {
        await own.close();
      }
    });
  });

  describe('getWithToken and compareAndSet', () => {
    it('store when nobody was faster, and not when somebody was', async () => {
      await cache.set('k', 'old', 60);
      const { value, token } = await cache.getWithToken('k');
      expect(value).toBe('old');
      expect(await cache.compareAndSet('k', token, 'mine', 600)).toBe(true);
      expect(await cache.ttl('k')).toBeGreaterThan(500);
      expect(await cache.compareAndSet('k', token, 'late', 60)).toBe(false);
      expect(await peer.get('k')).toBe('mine');
    });

    it('have a token for "nothing there", and one for a stored None', async () => {
      const absent = await cache.getWithToken('k');
      expect(absent.value).toBeUndefined();
      expect(await cache.compareAndSet('k', absent.token, null, 60)).toBe(true);
      expect(await cache.compareAndSet('k', absent.token, 'late', 60)).toBe(false);
      const none = await cache.getWithToken('k');
      expect(none.value).toBeNull();
      await peer.delete('k');
      expect(await cache.compareAndSet('k', none.token, 'late', 60)).toBe(false);
      expect(await cache.has('k')).toBe(false);
    });

    it('take TIMEOUT, null and 0 as set does', async () => {
      const first = await cache.getWithToken('k');
      expect(await cache.compareAndSet('k', first.token, 'a')).toBe(true);
      expect(await cache.ttl('k')).toBeGreaterThan(TIMEOUT_S - 20);
      const second = await cache.getWithToken('k');
      expect(await cache.compareAndSet('k', second.token, 'b', null)).toBe(true);
      expect(await cache.ttl('k')).toBeNull();
      const third = await cache.getWithToken('k');
      expect(await cache.compareAndSet('k', third.token, 'c', 0)).toBe(true);
      expect(await cache.has('k')).toBe(false);
    });

    it('let one of 40 with the same token win', async () => {
      await cache.set('k', 'start', 60);
      const { token } = await cache.getWithToken('k');
      const won = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (i % 2 ? cache : peer).compareAndSet('k', token, `writer ${i}`, 60)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await cache.get('k')).toBe(`writer ${won.indexOf(true)}`);
    });

    it('lose no change of 8 writers that try again', async () => {
      await cache.set('list', [], 60);
      await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          for (let done = false; !done;) {
            const { value, token } = await (i % 2 ? cache : peer).getWithToken<number[]>('list');
            done = await (i % 2 ? cache : peer).compareAndSet('list', token, [...value!, i], 60);
          }
        }),
      );
      expect((await cache.get<number[]>('list'))?.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });
  });

  it('C-4, C-5: an alias that CACHES lacks is an ImproperlyConfiguredError that names it; one that it has is one cache', () => {
    expect(() => caches.get('nowhere')).toThrow(ImproperlyConfiguredError);
    expect(() => caches.get('nowhere')).toThrow(/nowhere/);
    expect(caches.aliases()).toEqual(['default']);
    expect(caches.get()).toBe(caches.get('default'));
  });

  it('is closed for every method after close(), which may be called twice', async () => {
    const short = createCaches({ default: setting() });
    const late = short.get();
    await late.set('a', 1, 60);
    await Promise.all([short.close(), short.close()]);
    await short.close();
    if (kind === 'locmem') return;
    for (const call of [
      late.get('a'),
      late.set('a', 2),
      late.getOrSet('b', () => 1),
      late.clear(),
      late.incr('a'),
      late.command('PING'),
    ]) {
      expect(await rejectionOf(call)).toMatchObject({
        code: 'SENTINEL_CACHE_UNAVAILABLE',
        reason: 'closed',
        executed: false,
        alias: 'default',
      });
    }
    expect(await cache.get('a')).toBe(1);
  });
});

describe('command', () => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  beforeAll(() => {
    caches = createCaches({ default: onRedis(), memory: onLocmem(), dummy: { BACKEND: 'dummy' } });
    cache = caches.get();
  });
  afterAll(async () => {
    await caches?.close();
  });

  it('A-59: sends any Redis command, and gives Redis´ reply', async () => {
    await cache.set('n', 5, 60);
    expect(String(await cache.command('OBJECT', 'ENCODING', cache.makeKey('n')))).toBe('int');
    expect(await cache.command('PEXPIRE', cache.makeKey('n'), 30_000)).toBe(1);
    expect(await cache.command('get', Buffer.from(cache.makeKey('n')))).toEqual(Buffer.from('5'));
    expect(await cache.command('EVAL', 'return {1, false, ARGV[1]}', 0, 'x')).toEqual([1, null, Buffer.from('x')]);
    await cache.command('DEL', cache.makeKey('l'));
    await cache.command('RPUSH', cache.makeKey('l'), 'a', 'b');
    expect(await cache.command('LRANGE', cache.makeKey('l'), 0, -1)).toEqual([Buffer.from('a'), Buffer.from('b')]);
    const others = [10n ** 20n, true] as unknown[] as string[];
    expect(String(await cache.command('EVAL', 'return ARGV[1] .. ARGV[2]', 0, ...others))).toBe('100000000000000000000true');
  });

  it('hands Redis´ refusal on: its code, executed false, never a value', async () => {
    await cache.set('s', 'secret value', 60);
    const error = await rejectionOf(cache.command('LPUSH', cache.makeKey('s'), 'other secret'));
    expect(error).toBeInstanceOf(CommandRejectedError);
    expect(error).toMatchObject({ redisCode: 'WRONGTYPE', executed: false, alias: 'default', code: 'SENTINEL_CACHE_REJECTED' });
    expect(error.message).not.toMatch(/secret/);
    expect(await rejectionOf(cache.command('NO.SUCH', 'x'))).toMatchObject({ redisCode: 'ERR', executed: false });
    await cache.command('DEL', cache.makeKey('l2'));
    await cache.command('RPUSH', cache.makeKey('l2'), 'a');
    expect(await rejectionOf(cache.get('l2'))).toMatchObject({ redisCode: 'WRONGTYPE', executed: false });
  });

  it('says "unknown" where a script of the caller´s own fails half-way', async () => {
    const script = "redis.call('SET', KEYS[1], 'half') return redis.call('LPUSH', KEYS[1], 'x')";
    expect(await rejectionOf(cache.command('EVAL', script, 1, cache.makeKey('half')))).toMatchObject({
      code: 'SENTINEL_CACHE_REJECTED',
      executed: 'unknown',
    });
    expect(String(await cache.command('GET', cache.makeKey('half')))).toBe('half');
  });

  it.each([
    ['SELECT', 3],
    ['select', 3],
    ['SWAPDB', 0, 1],
    ['MULTI'],
    ['EXEC'],
    ['WATCH', 'k'],
    ['SUBSCRIBE', 'c'],
    ['PSUBSCRIBE', 'c'],
    ['SSUBSCRIBE', 'c'],
    ['MONITOR'],
    ['QUIT'],
    ['RESET'],
    ['AUTH', 'admin'],
    ['HELLO', 3],
    ['BLPOP', 'l', 0],
    ['BRPOP', 'l', 0],
    ['BLMOVE', 'l', 'm', 'LEFT', 'LEFT', 0],
    ['BZPOPMIN', 'z', 0],
    ['WAIT', 3, 0],
    ['XREAD', 'BLOCK', 0, 'STREAMS', 's', '$'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 0, 'STREAMS', 's', '>'],
    ['CLIENT', 'REPLY', 'OFF'],
    ['client', 'tracking', 'on'],
    ['CLIENT', 'SETNAME', 'x'],
    ['SYNC'],
    ['PSYNC', '?', -1],
  ] as const)('refuses %s %s, which would change or block the shared connection, and goes on', async (...command) => {
    const [name, ...args] = command as unknown as [string, ...string[]];
    const error = await rejectionOf(cache.command(name, ...args));
    expect(error).toBeInstanceOf(CommandRejectedError);
    expect(error).toMatchObject({ redisCode: 'NOTALLOWED', executed: false, alias: 'default' });
    await cache.set('after', 'fine', 60);
    expect(await cache.get('after')).toBe('fine');
    await redis.command('SELECT', 1);
    expect(await redis.command('EXISTS', ':1:after')).toBe(1);
  });

  it('is refused by caches that have no Redis', async () => {
    for (const alias of ['memory', 'dummy']) {
      const error = await rejectionOf(caches.get(alias).command('PING'));
      expect(error).toBeInstanceOf(CommandRejectedError);
      expect(error).toMatchObject({ alias, executed: false });
    }
  });
});

describe('settings of a cache', () => {
  it.each([
    ['', 'a'],
    ['a', 'a:b'],
  ])('overlapping prefixes %p and %p in one database warn at boot', async (one, other) => {
    const told: string[] = [];
    const two = createCaches(
      { default: onRedis({ KEY_PREFIX: one }), second: onRedis({ KEY_PREFIX: other }) },
      { onEvent: ({ level, message }) => told.push(`${level}: ${message}`) },
    );
    await two.close();
    expect(told.filter((line) => line.startsWith('warn') && line.includes('KEY_PREFIX'))).toHaveLength(1);
  });

  it('TIMEOUT, KEY_PREFIX and VERSION are each alias´ own, on one connection', async () => {
    const caches = createCaches({
      default: onRedis({ KEY_PREFIX: 'one', TIMEOUT: null }),
      two: onRedis({ KEY_PREFIX: 'two', VERSION: 7, TIMEOUT: 60 }),
      zero: onRedis({ KEY_PREFIX: 'zero', TIMEOUT: 0 }),
    });
    try {
      for (const alias of caches.aliases()) await caches.get(alias).set('k', alias);
      expect(await caches.get().ttl('k')).toBeNull();
      expect(await caches.get('two').ttl('k')).toBeGreaterThan(40);
      expect(await caches.get('zero').has('k')).toBe(false);
      expect(caches.get('two').makeKey('k')).toBe('two:7:k');
      expect(await caches.get().get('k')).toBe('default');
      expect(await caches.get('two').get('k')).toBe('two');
    } finally {
      await caches.close();
    }
  });

  it('W-1: integers are stored as their digits, so that Django and Redis can count on them', async () => {
    const caches = createCaches({ default: onRedis() });
    try {
      await caches.get().set('n', 41, 60);
      await redis.command('SELECT', 1);
      expect(await redis.command('INCR', ':1:n')).toBe(42);
      expect(await caches.get().get('n')).toBe(42);
    } finally {
      await caches.close();
    }
  });
});
