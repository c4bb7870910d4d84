import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CodecError,
  CommandRejectedError,
  createCaches,
  ImproperlyConfiguredError,
  type DjangoSettings,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { FakeClock, Faults, locmemTwin } from 'nestjs-sentinel-cache/testing';

/** Nobody listens there: what is read from it would be an outage. */
const LOCATION = 'mymaster/127.0.0.1:1/0';
const OPTIONS = { CLIENT_CLASS: 'django_sentinel.SentinelClient', PASSWORD: 'admin' };
const sentinel = (more: Record<string, unknown> = {}, options: Record<string, unknown> = {}) => ({
  BACKEND: 'django_redis.cache.RedisCache',
  LOCATION,
  ...more,
  OPTIONS: { ...OPTIONS, ...options },
});
const redis = (more: Record<string, unknown> = {}, options: Record<string, unknown> = {}) => ({
  BACKEND: 'redis',
  LOCATION: 'redis://127.0.0.1:1/0',
  ...more,
  OPTIONS: options,
});

let open: SentinelCaches | undefined;
const twin = (settings: DjangoSettings, more: { clock?: FakeClock; faults?: Faults } = {}): SentinelCaches =>
  (open = createCaches(locmemTwin(settings), more));
afterEach(async () => {
  await open?.close();
  open = undefined;
});

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

describe('locmemTwin', () => {
  it('answers without a server, from a bare CACHES dict and from the whole settings, and leaves both as they were', async () => {
    const bare = frozen({ default: sentinel() });
    const whole = frozen({ CACHES: bare, SESSION_ENGINE: 'django.contrib.sessions.backends.cache', CACHE_HERD_TIMEOUT: 5 });
    for (const settings of [bare, whole]) {
      const cache = twin(settings).get();
      expect(await cache.set('a', { n: 1n })).toBe(true);
      expect(await cache.get('a')).toEqual({ n: 1 });
    }
    expect(locmemTwin(whole)).toEqual({ ...whole, CACHES: expect.anything() as unknown });
  });

  it('leaves a cache that is not on Redis as it was, and a missing CACHES missing', () => {
    const local = { BACKEND: 'locmem', LOCATION: 'mine', TIMEOUT: 5 };
    expect(locmemTwin({ default: local, other: { BACKEND: 'dummy' } })).toEqual({
      CACHES: { default: local, other: { BACKEND: 'dummy' } },
    });
    expect(locmemTwin({ SESSION_ENGINE: 'cache' })).toEqual({ SESSION_ENGINE: 'cache' });
  });

  it('keeps prefix, version and key function: the same stored keys', () => {
    const keyFunction = (key: string, prefix: string, version: string | number): string => `${prefix}/${version}/${key}`;
    const settings = {
      default: sentinel({ KEY_PREFIX: 'app', VERSION: 7 }),
      own: redis({ KEY_PREFIX: 'o', KEY_FUNCTION: keyFunction }),
    };
    const real = createCaches(settings);
    const caches = twin(settings);
    for (const alias of ['default', 'own']) expect(caches.get(alias).makeKey('k')).toBe(real.get(alias).makeKey('k'));
    expect(caches.get('own').makeKey('k')).toBe('o/1/k');
    return real.close();
  });

  it('keeps TIMEOUT, in either case', async () => {
    const caches = twin({ default: sentinel({ TIMEOUT: 60 }), lower: redis({ timeout: null }), none: redis() });
    for (const alias of ['default', 'lower', 'none']) await caches.get(alias).set(alias, 1);
    expect(await caches.get().pttl('default')).toBeGreaterThan(50_000);
    expect(await caches.get('lower').pttl('lower')).toBeNull();
    expect(await caches.get('none').ttl('none')).toBeLessThanOrEqual(300);
  });

  it('refuses the values that the real serializer refuses, and takes those that it takes', async () => {
    const caches = twin({
      default: redis({}, { SERIALIZER: 'json' }),
      core: {
        BACKEND: 'django.core.cache.backends.redis.RedisCache',
        LOCATION: 'redis://127.0.0.1:1/1',
        OPTIONS: { serializer: 'json' },
      },
      pickle: redis(),
    });
    const map = new Map([[[1, 2], 'a tuple as key']]);
    await expect(caches.get().set('a', map)).rejects.toThrow(CodecError);
    await expect(caches.get('core').set('a', map)).rejects.toThrow(CodecError);
    expect(await caches.get('pickle').set('a', map)).toBe(true);
  });

  it('keeps compressor and maxValueBytes: the same values are too large', async () => {
    const caches = twin({
      default: redis({}, { COMPRESSOR: 'zlib', maxValueBytes: 1000 }),
      plain: redis({}, { maxValueBytes: 10 }),
    });
    expect(await caches.get().set('a', 'x'.repeat(900))).toBe(true);
    expect(await caches.get().get('a')).toBe('x'.repeat(900));
    for (const alias of ['default', 'plain']) {
      await expect(caches.get(alias).set('a', 'x'.repeat(1100))).rejects.toThrow(CodecError);
    }
  });

  it('compresses with the same compressor', async () => {
    let compressed = 0;
    const same = (bytes: Buffer): Buffer => bytes;
    const COMPRESSOR = { compress: (bytes: Buffer): Buffer => ((compressed += 1), same(bytes)), decompress: same };
    const cache = twin({ default: redis({}, { COMPRESSOR }) }).get();
    await cache.set('a', 'text');
    expect([await cache.get('a'), compressed]).toEqual(['text', 1]);
  });

  it('aliases of the same servers and database have the same entries, others their own', async () => {
    const caches = twin({
      default: sentinel(),
      same: sentinel({ TIMEOUT: 5 }, { PASSWORD: 'another' }),
      prefixed: sentinel({ KEY_PREFIX: 'p' }),
      database: sentinel({ LOCATION: 'mymaster/127.0.0.1:1/1' }),
      standalone: redis(),
    });
    await caches.get().set('a', 1);
    await caches.get('prefixed').set('a', 2);
    const values = await Promise.all(caches.aliases().map((alias) => caches.get(alias).get('a')));
    expect(values).toEqual([1, 1, 2, undefined, undefined]);
    await caches.get('prefixed').clear();
    expect(await caches.get().get('a')).toBe(1);
    await caches.get('prefixed').clear({ database: true });
    expect(await caches.get().get('a')).toBeUndefined();
  });

  it('two calls of createCaches have nothing in common', async () => {
    await twin({ default: redis() }).get().set('a', 1);
    await open!.close();
    expect(await twin({ default: redis() }).get().get('a')).toBeUndefined();
  });

  it('evicts nothing', async () => {
    const cache = twin({ default: redis({ MAX_ENTRIES: 10 }) }).get();
    await cache.setMany(Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, i])));
    expect(await cache.keys('*')).toHaveLength(2000);
  });

  it('A-80: keeps the soft end of HerdClient, in the time of the clock', async () => {
    const clock = new FakeClock();
    const settings = {
      CACHES: { default: redis({}, { CLIENT_CLASS: 'django_redis.client.HerdClient' }) },
      CACHE_HERD_TIMEOUT: 100,
    };
    const cache = twin(settings, { clock }).get();
    await cache.set('a', 'old', 10);
    expect(await cache.get('a')).toBe('old');
    clock.advance(11_000);
    // Past its soft end it is still stored, and a reader may be the one that makes it anew.
    const { value } = await cache.getWithToken('a');
    expect([value, await cache.has('a')]).toEqual([undefined, true]);
    clock.advance(100_000);
    expect(await cache.has('a')).toBe(false);
  });

  it('a ShardClient and a Redis Cluster become one store each', async () => {
    const servers = ['redis://127.0.0.1:1/0', 'redis://127.0.0.1:2/0'];
    const caches = twin({
      default: redis({ LOCATION: servers }, { CLIENT_CLASS: 'django_redis.client.ShardClient' }),
      cluster: redis({ LOCATION: 'redis+cluster://127.0.0.1:1' }),
    });
    for (const alias of ['default', 'cluster']) {
      await caches.get(alias).setMany({ a: alias, b: alias });
      expect(await caches.get(alias).getMany(['a', 'b'])).toEqual(new Map(['a', 'b'].map((key) => [key, alias])));
    }
  });

  it('what only Redis has is refused', async () => {
    const cache = twin({ default: sentinel() }).get();
    for (const call of [cache.command('PING'), cache.sets.add('s', [1]), cache.hashes.set('h', 'f', 1)])
      await expect(call).rejects.toThrow(CommandRejectedError);
    expect(await cache.lock('l', { timeout: 5 }).acquire({ blocking: false })).toBe(true);
  });

  it('wrong settings fail as the real ones do', () => {
    const wrong = { default: sentinel({ TIMEOUT: 'soon', LOCATION: 'nobody' }, { PASSWROD: 'x' }) } as DjangoSettings;
    const problemsOf = (act: () => unknown): unknown => {
      try {
        act();
      } catch (error) {
        if (error instanceof ImproperlyConfiguredError) return error.problems;
        throw error;
      }
      return 'none';
    };
    expect(problemsOf(() => locmemTwin(wrong))).toEqual(problemsOf(() => createCaches(wrong)));
    expect(problemsOf(() => locmemTwin(wrong))).toHaveLength(3);
  });

  it('holds no secret of the connection', () => {
    const settings = {
      default: redis({ LOCATION: 'redis://:hunter2@127.0.0.1:1/0' }),
      sentinel: sentinel({}, { PASSWORD: 'hunter2' }),
    };
    expect(JSON.stringify(locmemTwin(settings))).not.toContain('hunter2');
  });
});

describe('the clock of createCaches', () => {
  it('ends lifetimes of locmem, and not those of what is waited for', async () => {
    const clock = new FakeClock();
    const cache = twin({ default: sentinel() }, { clock }).get();
    await cache.set('a', 1, 60);
    clock.advance(59_999);
    expect([await cache.get('a'), await cache.pttl('a')]).toEqual([1, 1]);
    await cache.expireAt('a', new Date(clock.wallMs() + 5000));
    clock.advance(5000);
    expect(await cache.get('a')).toBeUndefined();
  });
});
