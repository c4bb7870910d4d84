import { CACHE_MANAGER, CacheModule, type Cache } from '@nestjs/cache-manager';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from 'cache-manager';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CacheUnavailableError,
  createCaches,
  SentinelCacheModule,
  SentinelCaches,
  type SentinelCache,
} from 'nestjs-sentinel-cache';
import { keyvStore } from 'nestjs-sentinel-cache/keyv';
import { LogLines } from '../nest/support/log-lines.js';
import { rejectionOf, timed, until } from './support/waiting.js';

const TIMEOUT_S = 77;
const CHANNEL = 'nestjs-sentinel-cache:ignored-error';

let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
});
afterAll(async () => {
  await redis?.stop();
});

interface Made {
  readonly manager: Cache;
  readonly cache: SentinelCache;
  close(): Promise<void>;
}

const setting = (url: string, more: Record<string, unknown> = {}) => ({
  default: { BACKEND: 'redis', LOCATION: url, KEY_PREFIX: 'app', TIMEOUT: TIMEOUT_S, OPTIONS: { deadline: '1s' }, ...more },
});

const over = (make: (cache: SentinelCache) => Cache) => async (url: string, more?: Record<string, unknown>) => {
  const caches = createCaches(setting(url, more));
  return { cache: caches.get(), manager: make(caches.get()), close: () => caches.close() };
};

const fromModule = async (url: string, more?: Record<string, unknown>): Promise<Made> => {
  const testing = await Test.createTestingModule({ imports: [SentinelCacheModule.forRoot(setting(url, more))] })
    .setLogger(new LogLines())
    .compile();
  const app = await testing.createNestApplication().init();
  return { cache: app.get(SentinelCaches).get(), manager: app.get<Cache>(CACHE_MANAGER), close: () => app.close() };
};

const fromCacheModule = async (url: string, more?: Record<string, unknown>): Promise<Made> => {
  const caches = createCaches(setting(url, more));
  const imports = [CacheModule.register({ stores: [keyvStore(caches.get())] })];
  const testing = await Test.createTestingModule({ imports }).setLogger(new LogLines()).compile();
  const app = await testing.createNestApplication().init();
  return {
    cache: caches.get(),
    manager: app.get<Cache>(CACHE_MANAGER),
    close: async () => {
      await app.close();
      // Nest has disconnected the store: that was not ours to close.
      if (redis.isRunning) expect(await caches.get().set('after', 1, 60)).toBe(true);
      await caches.close();
    },
  };
};

const OURS = [['CACHE_MANAGER of the module', fromModule]] as const;
const ALL = [
  ...OURS,
  ['keyvStore in a createCache of one´s own', over((cache) => createCache({ stores: [keyvStore(cache)] }))],
  ['keyvStore in CacheModule.register', fromCacheModule],
] as const;

describe.each(ALL)('%s', (_, make) => {
  let made: Made;
  let cache: SentinelCache;
  let manager: Cache;

  beforeAll(async () => {
    made = await make(redis.url(1));
    ({ cache, manager } = made);
  });
  afterAll(async () => {
    await made?.close();
  });
  beforeEach(async () => {
    await cache.clear({ database: true });
  });

  const bytes = (key: string) => cache.command('GET', cache.makeKey(key));

  it.each([0, 1, -5, 2n ** 60n, '', 'text', '{"json":1}', true, false, null, [1, [null]], { a: { b: 'ü' } }])(
    'pain 6, pain 22: stores %p as SentinelCache does, byte for byte, and both read it',
    async (value) => {
      await manager.set('k', value);
      await cache.set('same', value, 60);
      expect(await bytes('k')).toEqual(await bytes('same'));
      expect(await manager.get('k')).toEqual(value);
      expect(await cache.get('k')).toEqual(value);
      expect(await manager.get('same')).toEqual(value);
      expect(await manager.mget(['same', 'k'])).toEqual([value, value]);
    },
  );

  it('pain 3, pain 5: stores under the key of the cache and no other, whatever the key starts with', async () => {
    await manager.set('k', 1);
    await manager.set('keyv:k', 2);
    await manager.set('app:1:k', 3);
    expect(((await cache.command('KEYS', '*')) as Buffer[]).map(String).toSorted()).toEqual([
      'app:1:app:1:k',
      'app:1:k',
      'app:1:keyv:k',
    ]);
    expect(await manager.mget(['k', 'keyv:k', 'app:1:k'])).toEqual([1, 2, 3]);
  });

  it('a miss is undefined, in get and mget', async () => {
    expect(await manager.get('absent')).toBeUndefined();
    await manager.set('k', null);
    expect(await manager.mget(['absent', 'k'])).toEqual([undefined, null]);
  });

  it('pain 1, pain 2: ttl is milliseconds; none is TIMEOUT; 0 is for ever; a negative one deletes', async () => {
    await manager.set('k', 'v', 50_000);
    expect(await cache.pttl('k')).toBeLessThanOrEqual(50_000);
    expect(await cache.pttl('k')).toBeGreaterThan(30_000);
    await manager.set('k', 'v');
    expect(await cache.pttl('k')).toBeLessThanOrEqual(TIMEOUT_S * 1000);
    expect(await cache.pttl('k')).toBeGreaterThan(TIMEOUT_S * 1000 - 20_000);
    await manager.set('k', 'v', 0);
    expect(await cache.pttl('k')).toBeNull();
    await manager.set('k', 'v', -1);
    expect(await cache.has('k')).toBe(false);
    await manager.set('k', 'v', 1.5);
    await until('it is gone', async () => (await manager.get('k')) === undefined);
  });

  it('mset takes each entry´s ttl by the same rules', async () => {
    await manager.mset<unknown>([
      { key: 'a', value: 1, ttl: 50_000 },
      { key: 'b', value: null },
      { key: 'c', value: 'for ever', ttl: 0 },
      { key: 'd', value: 'never', ttl: -1 },
    ]);
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual(
      new Map<string, unknown>(Object.entries({ a: 1, b: null, c: 'for ever' })),
    );
    expect(await cache.pttl('a')).toBeLessThanOrEqual(50_000);
    expect(await cache.ttl('b')).toBeGreaterThan(TIMEOUT_S - 20);
    expect(await cache.ttl('c')).toBeNull();
  });

  it('undefined is not stored', async () => {
    await manager.set('k', undefined);
    expect(await cache.has('k')).toBe(false);
    await manager.mset([{ key: 'k', value: undefined }]);
    expect(await cache.has('k')).toBe(false);
  });

  it('del and mdel delete', async () => {
    await cache.setMany({ a: 1, b: 2, c: 3, d: 4 }, 60);
    await manager.del('a');
    await manager.mdel(['b', 'c', 'absent']);
    expect([...(await cache.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['d']);
  });

  it('clear removes this cache´s entries and nobody else´s', async () => {
    await cache.command('SET', 'other:1:k', 'stays');
    await cache.setMany({ a: 1, b: 2 }, 60);
    await cache.set('c', 3, 60, { version: 2 });
    await manager.clear();
    expect(((await cache.command('KEYS', '*')) as Buffer[]).map(String)).toEqual(['other:1:k']);
  });

  it('ttl() gives the moment it ends, undefined for ever or for nothing', async () => {
    await cache.setMany({ a: 1 }, 60);
    await cache.set('b', 1, null);
    const ends = (await manager.ttl('a'))!;
    expect(ends).toBeGreaterThan(Date.now() + 40_000);
    expect(ends).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(await manager.ttl('b')).toBeUndefined();
    expect(await manager.ttl('absent')).toBeUndefined();
  });

  it('pain 23: wrap runs the function once for 100 callers, and stores for ttl', async () => {
    let runs = 0;
    const work = async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { runs };
    };
    const values = await Promise.all(Array.from({ length: 100 }, () => manager.wrap('w', work, 50_000)));
    expect(runs).toBe(1);
    expect(values).toEqual(Array.from({ length: 100 }, () => ({ runs: 1 })));
    expect(await cache.get('w')).toEqual({ runs: 1 });
    expect(await cache.pttl('w')).toBeLessThanOrEqual(50_000);
    expect(await manager.wrap('w', work)).toEqual({ runs: 1 });
    expect(runs).toBe(1);
  });

  it('pain 22: wrap takes a stored null for a hit, and does not store undefined', async () => {
    let runs = 0;
    const nothing = (value: null | undefined) => async () => {
      runs += 1;
      return value;
    };
    expect(await manager.wrap('w', nothing(null))).toBeNull();
    expect(await manager.wrap('w', nothing(null))).toBeNull();
    expect(runs).toBe(1);
    expect(await cache.ttl('w')).toBeGreaterThan(TIMEOUT_S - 20);
    expect(await manager.wrap('u', nothing(undefined))).toBeUndefined();
    expect(await cache.has('u')).toBe(false);
  });

  it('wrap hands on what the function throws, and does not store it', async () => {
    const boom = new Error('boom');
    const failing = async () => {
      throw boom;
    };
    const errors = await Promise.all(Array.from({ length: 5 }, () => rejectionOf(manager.wrap('w', failing))));
    expect(errors.every((error) => error === boom)).toBe(true);
    expect(await manager.wrap('w', async () => 'fine')).toBe('fine');
  });

  it('wrap with a refreshThreshold gives the old value at once and stores the new one in the background', async () => {
    let runs = 0;
    const work = async () => ({ runs: (runs += 1) });
    expect(await manager.wrap('w', work, 30_000, 60_000)).toEqual({ runs: 1 });
    expect(await manager.wrap('w', work, 30_000, 60_000)).toEqual({ runs: 1 });
    await until('it is refreshed', async () => (await cache.get<{ runs: number }>('w'))?.runs === 2);
    expect(await manager.wrap('w', work, 30_000, 1000)).toEqual({ runs: 2 });
    expect(runs).toBe(2);
  });

  it('tells its listeners, once each', async () => {
    const heard: string[] = [];
    const listeners = (['get', 'set', 'del'] as const).map((event) => {
      const listener = ({ key }: { key: string }) => void heard.push(`${event} ${key}`);
      manager.on(event, listener as never);
      return () => manager.off(event, listener as never);
    });
    await manager.set('k', 1);
    await manager.get('k');
    await manager.del('k');
    for (const off of listeners) off();
    await manager.set('k', 1);
    expect(new Set(heard)).toEqual(new Set(['set k', 'get k', 'del k']));
    expect(heard.filter((line) => line.startsWith('get'))).toHaveLength(1);
  });

  it('hands on refusals and unreadable bytes, which are no outage: as errors of set, as a miss of cache-manager´s get', async () => {
    await cache.command('SET', cache.makeKey('bad'), 'no pickle');
    expect(await manager.get('bad')).toBeUndefined();
    expect(await rejectionOf(manager.set('k', { s: Symbol('s') }))).toMatchObject({
      code: 'SENTINEL_CACHE_CODEC',
      key: 'app:1:k',
    });
    expect(await manager.wrap('bad', async () => 'new')).toBe('new');
    expect(await cache.get('bad')).toBe('new');
  });
});

describe.each(ALL)('%s during an outage', (_, make) => {
  let own: LocalRedis;
  let made: Made;
  let published: { alias: string; operation: string; error: unknown }[];
  const listen = (event: unknown): void => void published.push(event as never);

  beforeEach(async () => {
    own = await startLocalRedis();
    made = await make(own.url(0));
    await made.manager.set('k', 'v');
    published = [];
    subscribe(CHANNEL, listen);
    await own.kill();
  });
  afterEach(async () => {
    unsubscribe(CHANNEL, listen);
    await own?.restart();
    await until('it is back', async () => made.cache.set('back', 1, 60).catch(() => false));
    await made?.close();
    await own?.stop();
  });

  it('pain 8, pain 10: get, mget and ttl answer undefined in time, and each is published', async () => {
    const { value } = await timed(
      Promise.all([made.manager.get('k'), made.manager.mget(['k', 'l']), made.manager.ttl('k')]),
      60_000,
    );
    expect(value).toEqual([undefined, [undefined, undefined], undefined]);
    expect(published).toHaveLength(3);
    expect(published.every(({ alias, error }) => alias === 'default' && error instanceof CacheUnavailableError)).toBe(true);
  });

  it('set, mset, del, mdel and clear reject with a CacheUnavailableError, without an unhandled error', async () => {
    const { manager } = made;
    const calls = [
      manager.set('k', 1),
      manager.mset([{ key: 'k', value: 1 }]),
      manager.del('k'),
      manager.mdel(['k', 'l']),
      manager.clear(),
    ];
    for (const error of (await timed(Promise.all(calls.map(rejectionOf)), 60_000)).value) {
      expect(error).toBeInstanceOf(CacheUnavailableError);
      expect(error).toMatchObject({ alias: 'default' });
      expect(error.executed === false || error.executed === 'unknown').toBe(true);
    }
    expect(published).toEqual([]);
  });
});

describe.each(OURS)('%s: wrap', (_, make) => {
  it('pain 9: returns the computed value to every caller while Redis is dead, and runs the function once', async () => {
    const own = await startLocalRedis();
    const made = await make(own.url(0));
    try {
      await made.cache.set('warm', 1, 60);
      await own.kill();
      let runs = 0;
      const work = async () => ({ runs: (runs += 1) });
      const { value } = await timed(Promise.all(Array.from({ length: 50 }, () => made.manager.wrap('w', work, 5000))), 60_000);
      expect(value).toEqual(Array.from({ length: 50 }, () => ({ runs: 1 })));
      expect(runs).toBe(1);
    } finally {
      await made.close();
      await own.stop();
    }
  });

  it('pain 9: returns the computed value to every caller when Redis dies or freezes while it is computed', async () => {
    const own = await startLocalRedis();
    const made = await make(own.url(0));
    try {
      for (const fault of ['hang', 'kill'] as const) {
        const values = await Promise.all(
          Array.from({ length: 10 }, () =>
            made.manager.wrap(fault, async () => {
              await own[fault]();
              return fault;
            }),
          ),
        );
        expect(values).toEqual(Array.from({ length: 10 }, () => fault));
        await (fault === 'hang' ? own.resume() : own.restart());
        await until('it is back', async () => made.cache.set('back', 1, 60).catch(() => false));
      }
    } finally {
      await made.close();
      await own.stop();
    }
  });

  it('a refresh in the background that fails for an outage is nobody´s unhandled rejection', async () => {
    const own = await startLocalRedis();
    const made = await make(own.url(0));
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      await made.manager.set('w', 'old', 5000);
      let runs = 0;
      const work = async (): Promise<string> => {
        runs += 1;
        await own.kill();
        return 'new';
      };
      expect(await made.manager.wrap('w', work, 5000, 60_000)).toBe('old');
      await until('the refresh has run', () => runs === 1 && !own.isRunning);
      expect(await made.manager.get('w')).toBeUndefined();
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
      await made.close();
      await own.stop();
    }
  });
});

describe.each(ALL)('%s with a TIMEOUT of', (_, make) => {
  it('0: an entry without a ttl is not kept (decided before Keyv, to whom 0 is for ever)', async () => {
    const { manager, cache, close } = await make(redis.url(2), { TIMEOUT: 0 });
    try {
      await manager.set('k', 'v');
      expect(await cache.has('k')).toBe(false);
      expect(await manager.wrap('w', async () => 'made')).toBe('made');
      expect(await cache.has('w')).toBe(false);
      await manager.set('k', 'v', 5000);
      expect(await manager.get('k')).toBe('v');
      await manager.set('l', 'v', 0);
      expect(await cache.pttl('l')).toBeNull();
    } finally {
      await close();
    }
  });

  it('null: an entry without a ttl lives for ever', async () => {
    const { manager, cache, close } = await make(redis.url(3), { TIMEOUT: null });
    try {
      await manager.set('k', 'v');
      expect(await cache.pttl('k')).toBeNull();
      await manager.set('k', 'v', 5000);
      expect(await cache.pttl('k')).toBeLessThanOrEqual(5000);
    } finally {
      await close();
    }
  });
});

describe('keyvStore by itself', () => {
  let caches: SentinelCaches;
  beforeAll(() => {
    caches = createCaches(setting(redis.url(4)));
  });
  afterAll(async () => {
    await caches?.close();
  });

  it('is a Keyv: get, getMany, set, has, delete, deleteMany, clear, getRaw, with booleans that tell the truth', async () => {
    const keyv = keyvStore(caches.get());
    expect(await keyv.set('a', 1)).toBe(true);
    expect(await keyv.set('n', null)).toBe(true);
    expect(await keyv.get('a')).toBe(1);
    expect(await keyv.get(['a', 'absent', 'n'])).toEqual([1, undefined, null]);
    expect(await keyv.getMany(['n', 'a'])).toEqual([null, 1]);
    expect(await keyv.has('a')).toBe(true);
    expect(await keyv.has('absent')).toBe(false);
    expect(await keyv.getRaw('a')).toMatchObject({ value: 1, expires: expect.any(Number) });
    expect(await keyv.delete('a')).toBe(true);
    expect(await keyv.delete('a')).toBe(false);
    await keyv.setMany([
      { key: 'x', value: 1 },
      { key: 'y', value: 2, ttl: 0 },
    ]);
    expect(await caches.get().ttl('y')).toBeNull();
    expect(await keyv.delete(['x', 'y'])).toBe(true);
    await keyv.clear();
    expect(await caches.get().has('n')).toBe(false);
    await keyv.disconnect();
    expect(await keyv.set('still', 1)).toBe(true);
  });

  it('asks Redis one command for a get', async () => {
    const keyv = keyvStore(caches.get());
    await caches.get().set('k', 'v', 60);
    const processed = async () =>
      Number(/total_commands_processed:(\d+)/.exec(String(await caches.get().command('INFO', 'stats')))?.[1]);
    const before = await processed();
    await keyv.get('k');
    expect((await processed()) - before).toBe(2);
  });
});
