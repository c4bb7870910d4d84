import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CacheUnavailableError,
  CodecError,
  createCaches,
  SentinelCacheError,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { rejectionOf, timed, until } from './support/waiting.js';

const DEADLINE_MS = 1000;
/** Bound of seconds: the milliseconds are asserted elsewhere. */
const LATE_MS = 60_000;
const CHANNEL = 'nestjs-sentinel-cache:ignored-error';

interface Ignored {
  readonly alias: string;
  readonly operation: string;
  readonly error: CacheUnavailableError;
}

let redis: LocalRedis;
let caches: SentinelCaches;
let strict: SentinelCache;
let tolerant: SentinelCache;
let ignored: Ignored[];
const listen = (event: unknown): void => void ignored.push(event as Ignored);

beforeEach(async () => {
  redis = await startLocalRedis({ password: 'admin' });
  const setting = (prefix: string, ignore: boolean) => ({
    BACKEND: 'django_redis.cache.RedisCache',
    LOCATION: redis.url(1),
    KEY_PREFIX: prefix,
    OPTIONS: { deadline: DEADLINE_MS, ...(ignore ? { IGNORE_EXCEPTIONS: true } : {}) },
  });
  caches = createCaches({ default: setting('strict', false), soft: setting('soft', true) });
  [strict, tolerant] = [caches.get(), caches.get('soft')];
  ignored = [];
  subscribe(CHANNEL, listen);
  await strict.set('k', 'v', 60);
  await tolerant.set('k', 'v', 60);
});
afterEach(async () => {
  unsubscribe(CHANNEL, listen);
  await caches?.close();
  await redis?.stop();
});

/** Every method once. */
function everyCall(cache: SentinelCache): Record<string, () => Promise<unknown>> {
  return {
    get: () => cache.get('k'),
    getWithPttl: () => cache.getWithPttl('k'),
    set: () => cache.set('k', 1, 60),
    'set for 0': () => cache.set('k', 1, 0),
    add: () => cache.add('new', 1, 60),
    getOrSet: () => cache.getOrSet('made', () => 'made', 60),
    getMany: () => cache.getMany(['k', 'l']),
    getManyWithPttl: () => cache.getManyWithPttl(['k', 'l']),
    setMany: () => cache.setMany({ a: 1, b: 2 }, 60),
    delete: () => cache.delete('k'),
    deleteMany: () => cache.deleteMany(['k', 'l']),
    has: () => cache.has('k'),
    touch: () => cache.touch('k', 60),
    incr: () => cache.incr('n'),
    decr: () => cache.decr('n'),
    incrVersion: () => cache.incrVersion('k'),
    decrVersion: () => cache.decrVersion('k'),
    persist: () => cache.persist('k'),
    expire: () => cache.expire('k', 60),
    pexpire: () => cache.pexpire('k', 60_000),
    expireAt: () => cache.expireAt('k', new Date(Date.now() + 60_000)),
    pexpireAt: () => cache.pexpireAt('k', Date.now() + 60_000),
    keys: () => cache.keys('*'),
    iterKeys: async () => {
      for await (const key of cache.iterKeys('*')) return key;
      return 'none';
    },
    deletePattern: () => cache.deletePattern('*'),
    ttl: () => cache.ttl('k'),
    pttl: () => cache.pttl('k'),
    clear: () => cache.clear(),
    'clear database': () => cache.clear({ database: true }),
    command: () => cache.command('PING'),
    getWithToken: () => cache.getWithToken('k'),
    compareAndSet: () => cache.compareAndSet('k', 'absent', 1, 60),
  };
}

describe('a strict cache', () => {
  it('pain 8: rejects every method in time, with code, alias, reason and executed false, while Redis is dead', async () => {
    await redis.kill();
    await until('the connection is known to be gone', async () => (await rejectionOf(strict.get('k'))).executed === false);
    const startedAt = performance.now();
    const calls = Object.entries(everyCall(strict));
    const errors = await Promise.all(calls.map(async ([name, call]) => [name, await rejectionOf(call())] as const));
    expect(performance.now() - startedAt).toBeLessThan(LATE_MS);
    for (const [name, error] of errors) {
      expect([name, error instanceof CacheUnavailableError && error instanceof SentinelCacheError]).toEqual([name, true]);
      expect([name, error.code, error.alias, error.reason, error.executed]).toEqual([
        name,
        'SENTINEL_CACHE_UNAVAILABLE',
        'default',
        'no-primary',
        false,
      ]);
      expect(error.message).toContain(`${redis.host}:${redis.port}`);
    }
    expect(ignored).toEqual([]);
  });

  it('never shows a write later that was told to be not executed, and recovers by itself', async () => {
    await redis.kill();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => ({ i, error: await rejectionOf(strict.set(`w${i}`, i, 60)) })),
    );
    expect(outcomes.every(({ error }) => error.executed === false || error.executed === 'unknown')).toBe(true);
    await redis.restart();
    await until('it answers again', async () => (await strict.get('probe').catch(() => 'out')) === undefined);
    const never = outcomes.filter(({ error }) => error.executed === false).map(({ i }) => `w${i}`);
    expect(never.length).toBeGreaterThan(0);
    expect(await strict.getMany(never)).toEqual(new Map());
  });

  it('says "unknown" for what a frozen Redis was handed, then false; goes on when it thaws', async () => {
    await redis.hang();
    const first = await timed(rejectionOf(strict.set('frozen', 1, 60)), LATE_MS);
    expect(first.value).toMatchObject({ reason: 'deadline', executed: 'unknown', alias: 'default' });
    await until(
      'what comes now is not handed over',
      async () => (await rejectionOf(strict.set('later', 1, 60))).executed === false,
    );
    const calls = Object.entries(everyCall(strict)).map(
      async ([name, call]) => [name, (await rejectionOf(call())).executed] as const,
    );
    for (const [name, executed] of (await timed(Promise.all(calls), LATE_MS)).value)
      expect([name, executed]).toEqual([name, false]);
    await redis.resume();
    await until('it answers again', async () => (await strict.get('probe').catch(() => 'out')) === undefined);
    expect(await strict.get('later')).toBeUndefined();
  });

  it('pain 9: getOrSet gives what was made to every caller, though Redis died meanwhile, and does not publish a key or value', async () => {
    let made = 0;
    const make = async () => {
      made += 1;
      await redis.kill();
      return { made };
    };
    const values = await Promise.all(Array.from({ length: 10 }, () => strict.getOrSet('report', make, 60)));
    expect(made).toBe(1);
    expect(values).toEqual(Array.from({ length: 10 }, () => ({ made: 1 })));
    expect(ignored).toMatchObject([{ alias: 'default', operation: 'getOrSet' }]);
    expect(Object.keys(ignored[0]!).toSorted()).toEqual(['alias', 'error', 'operation']);
  });

  it('getOrSet rejects when it can not be read, without running the function', async () => {
    await redis.kill();
    let made = 0;
    const error = await rejectionOf(
      strict.getOrSet('report', () => {
        made += 1;
        return 1;
      }),
    );
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', executed: false });
    expect(made).toBe(0);
  });
});

describe('the words of an error', () => {
  const VERB_OF: Readonly<Record<string, string>> = {
    'set for 0': 'set',
    'clear database': 'clear',
    keys: 'iterKeys',
    command: "command('OBJECT')",
  };
  it('name the method that was called, the alias and the key, and never a command of Redis', async () => {
    await redis.kill();
    await until('the connection is known to be gone', async () => (await rejectionOf(strict.get('k'))).executed === false);
    const calls = Object.entries(everyCall(strict)).filter(([name]) => name !== 'getOrSet');
    const errors = await Promise.all(calls.map(async ([name, call]) => [name, await rejectionOf(call())] as const));
    for (const [name, { message }] of errors) {
      const verb = (VERB_OF[name] ?? name).replace(/\(.*/, '');
      expect(message).toMatch(new RegExp(`^Cache 'default', ${verb}(\\('[^']+'( and \\d+ more)?\\))?: `));
    }
    expect((await rejectionOf(strict.incr('visits'))).message).toMatch(/^Cache 'default', incr\('visits'\): /);
    expect((await rejectionOf(strict.getMany(['a', 'b', 'c']))).message).toMatch(/^Cache 'default', getMany\('a' and 2 more\): /);
    expect((await rejectionOf(strict.get('k\r\n'.repeat(200)))).message).toMatch(
      /^Cache 'default', get\('k\\r\\nk.{150,400}\.\.\. \(600 characters\)'\): /,
    );
    expect((await rejectionOf(strict.withSecretKeys().get('secret'))).message).not.toContain('secret');
    await redis.primary.restart();
  });
});

describe('a cache with IGNORE_EXCEPTIONS', () => {
  it('A-68, A-69, A-70, D-4: reads as empty and drops writes in every method while Redis is dead, and publishes each', async () => {
    await redis.kill();
    await until('the connection is known to be gone', async () => (await rejectionOf(strict.get('k'))).executed === false);
    const calls = everyCall(tolerant);
    const answers: Record<string, unknown> = {};
    const rejecting = ['clear database', 'command', 'getWithToken', 'compareAndSet'];
    await Promise.all(
      Object.entries(calls).map(async ([name, call]) => {
        if (!rejecting.includes(name)) answers[name] = await call();
        else
          expect([name, await rejectionOf(call())]).toMatchObject([
            name,
            { alias: 'soft', reason: 'breaker-open', executed: false },
          ]);
      }),
    );
    expect(answers).toEqual({
      get: undefined,
      getWithPttl: undefined,
      set: false,
      'set for 0': false,
      add: false,
      getOrSet: 'made',
      getMany: new Map(),
      getManyWithPttl: new Map(),
      setMany: undefined,
      delete: false,
      deleteMany: 0,
      has: false,
      touch: false,
      incr: null,
      decr: null,
      incrVersion: null,
      decrVersion: null,
      persist: false,
      expire: false,
      pexpire: false,
      expireAt: false,
      pexpireAt: false,
      keys: [],
      iterKeys: 'none',
      deletePattern: 0,
      ttl: 0,
      pttl: 0,
      clear: undefined,
    });
    expect(await tolerant.get('k', { default: 'instead' })).toBe('instead');
    expect(new Set(ignored.map(({ alias }) => alias))).toEqual(new Set(['soft']));
    expect(ignored.every(({ error }) => error instanceof CacheUnavailableError && error.alias === 'soft')).toBe(true);
    const published = new Set(ignored.map(({ operation }) => operation));
    // `keys` collects what `iterKeys` finds.
    const methods = Object.keys(answers).filter((name) => name !== 'set for 0' && name !== 'keys');
    expect([...published].toSorted()).toEqual(methods.toSorted());
  });

  it('getOrSet runs the function once for 20 callers, and all get what it made', async () => {
    await redis.kill();
    let made = 0;
    const values = await Promise.all(
      Array.from({ length: 20 }, () =>
        tolerant.getOrSet('report', async () => {
          made += 1;
          return { made };
        }),
      ),
    );
    expect(values).toEqual(Array.from({ length: 20 }, () => ({ made: 1 })));
    expect(made).toBe(1);
  });

  it('has a strict view of the same entries', async () => {
    expect(await caches.strict('soft').get('k')).toBe('v');
    await redis.kill();
    expect(await rejectionOf(caches.strict('soft').get('k'))).toMatchObject({
      alias: 'soft',
      code: 'SENTINEL_CACHE_UNAVAILABLE',
    });
    expect(await tolerant.get('k')).toBeUndefined();
  });

  it('A-32: does not hide what is no outage: refusals, a wrong argument, a closed cache', async () => {
    await tolerant.command('RPUSH', tolerant.makeKey('list'), 'a');
    expect(await rejectionOf(tolerant.get('list'))).toMatchObject({ redisCode: 'WRONGTYPE' });
    expect(await rejectionOf(tolerant.incr('absent'))).toMatchObject({ code: 'SENTINEL_CACHE_MISSING_KEY' });
    expect(await rejectionOf(tolerant.set('k', 1, 'soon' as never))).toMatchObject({ code: 'SENTINEL_CACHE_INVALID_ARGUMENT' });
    expect(await rejectionOf(tolerant.incrVersion('absent'))).toMatchObject({ code: 'SENTINEL_CACHE_MISSING_KEY' });
    const given = { signal: AbortSignal.abort() };
    expect(await rejectionOf(tolerant.deletePattern('*', given))).toMatchObject({ reason: 'aborted' });
    expect(await rejectionOf(tolerant.keys('*', given))).toMatchObject({ reason: 'aborted' });
    await caches.close();
    expect(await rejectionOf(tolerant.get('k'))).toMatchObject({ reason: 'closed' });
    expect(ignored).toEqual([]);
  });

  it('A-32: takes bytes that can not be read for a miss, and counts it; the strict view names them', async () => {
    await tolerant.command('SET', tolerant.makeKey('bad'), 'no pickle at all');
    expect(await tolerant.get('bad', { default: 'instead' })).toBe('instead');
    expect(ignored).toMatchObject([{ alias: 'soft', operation: 'decode', error: { code: 'SENTINEL_CACHE_CODEC' } }]);
    const error = await rejectionOf(caches.strict('soft').get('bad'));
    expect(error).toBeInstanceOf(CodecError);
    expect(error).toMatchObject({ alias: 'soft', key: 'soft:1:bad' });
  });

  it('recovers by itself', async () => {
    await redis.kill();
    expect(await tolerant.get('k')).toBeUndefined();
    await redis.restart();
    await until('it answers again', async () => tolerant.set('back', 1, 60));
    expect(await tolerant.get('back')).toBe(1);
  });
});
