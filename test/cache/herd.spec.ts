import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache } from 'cache-manager';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CodecError,
  createCaches,
  ImproperlyConfiguredError,
  InvalidArgumentError,
  type DjangoSettingsModule,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { keyvStore } from 'nestjs-sentinel-cache/keyv';
import { CacheEngine } from '../../libs/sentinel-cache/src/session/engines/cache.engine.js';
import { rejectionOf, until } from './support/waiting.js';

const HERD = 'django_redis.client.HerdClient';
/** So long that of entries made here nobody is sent to refresh a stale one, as good as ever. */
const AGES = 31_536_000;
const VECTOR = (
  JSON.parse(readFileSync(join(process.cwd(), 'test/fixtures/wire-vectors.json'), 'utf8')) as {
    herd: { value_hex: string; timeout: number; redis_ttl: number }[];
  }
).herd[0]!;

let redis: LocalRedis;
let caches: SentinelCaches;
/** Stale entries are served for ages. */
let lasting: SentinelCaches;
let cache: SentinelCache;
const options = { CLIENT_CLASS: HERD, deadline: '5s' };
const settings = (more: object = {}, module: object = {}): DjangoSettingsModule => ({
  CACHES: {
    default: { BACKEND: 'django_redis.cache.RedisCache', LOCATION: redis.url(1), OPTIONS: { ...options, ...more } },
    plain: { BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS: { deadline: '5s' } },
    soft: { BACKEND: 'redis', LOCATION: redis.url(1), OPTIONS: { ...options, IGNORE_EXCEPTIONS: true } },
  },
  ...module,
});

beforeAll(async () => {
  redis = await startLocalRedis({ password: 'admin' });
  caches = createCaches(settings());
  lasting = createCaches(settings({}, { CACHE_HERD_TIMEOUT: AGES }));
  cache = caches.get();
});
afterAll(async () => {
  await caches?.close();
  await lasting?.close();
  await redis?.stop();
});
beforeEach(async () => {
  await cache.clear({ database: true });
});

const now = (): number => Math.floor(Date.now() / 1000);
const bytesOf = async (key: string): Promise<Buffer> => (await cache.command('GET', cache.makeKey(key))) as Buffer;
/** What a cache without HerdClient reads: the tuple as it stands. */
const tupleOf = async (key: string): Promise<[unknown, unknown, number]> =>
  (await caches.get('plain').get<[unknown, unknown, number]>(key))!;

/** Moves the soft end of an entry, and leaves its life as it is. */
async function turnTo(key: string, soft: number): Promise<void> {
  const [marker, value] = await tupleOf(key);
  const plain = caches.get('plain');
  const tuple = (await plain.get<unknown[]>(key))!;
  tuple.splice(0, 3, marker, value, soft);
  const pttl = await plain.pttl(key);
  await plain.set(key, tuple, `${pttl!}ms`);
}

describe('what is stored', () => {
  it('A-80: set packs marker, value and soft end byte for byte as Django does, and keeps it CACHE_HERD_TIMEOUT longer', async () => {
    const before = now();
    expect(await cache.set('k', 'val', VECTOR.timeout)).toBe(true);
    const soft = (await tupleOf('k'))[2];
    expect(soft).toBeGreaterThanOrEqual(before + VECTOR.timeout);
    expect(soft).toBeLessThanOrEqual(now() + VECTOR.timeout);
    const theirs = Buffer.from(VECTOR.value_hex, 'hex');
    theirs.writeInt32LE(soft, theirs.length - 7);
    expect((await bytesOf('k')).toString('hex')).toBe(theirs.toString('hex'));
    expect(await cache.ttl('k')).toBe(VECTOR.redis_ttl);
    expect(await cache.get('k')).toBe('val');
  });

  it('A-80: ints lie inside the tuple and are not raw; without an end they are stored plain', async () => {
    await cache.set('packed', 42, 10);
    expect((await tupleOf('packed'))[1]).toBe(42);
    await cache.set('plain', 42, null);
    expect(String(await bytesOf('plain'))).toBe('42');
    expect(await cache.pttl('plain')).toBeNull();
    expect(await cache.getMany(['packed', 'plain'])).toEqual(
      new Map([
        ['packed', 42],
        ['plain', 42],
      ]),
    );
  });

  it('A-80: an omitted timeout is TIMEOUT; 0 deletes', async () => {
    await cache.set('k', 1);
    expect(await cache.ttl('k')).toBe(360);
    expect(await cache.set('k', 1, 0)).toBe(true);
    expect(await cache.has('k')).toBe(false);
  });

  it('A-80: add, setMany, getOrSet and compareAndSet pack too; xx is honoured, which Django drops', async () => {
    expect(await cache.set('absent', 1, 60, { xx: true })).toBe(false);
    expect(await cache.has('absent')).toBe(false);
    expect(await cache.add('a', 1, 60)).toBe(true);
    expect(await cache.add('a', 2, 60)).toBe(false);
    await cache.setMany({ b: 2, c: 3 }, 60);
    expect(await cache.getOrSet('d', () => 4, 60)).toBe(4);
    const { token } = await cache.getWithToken('e');
    expect(await cache.compareAndSet('e', token, 5, 60)).toBe(true);
    for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3, d: 4, e: 5 })) {
      expect([key, (await tupleOf(key)).length, (await tupleOf(key))[1], await cache.ttl(key)]).toEqual([key, 3, value, 120]);
    }
  });

  it('A-80: every version has its own entry', async () => {
    await cache.set('k', 'one', 60);
    await cache.set('k', 'two', 60, { version: 2 });
    expect([await cache.get('k'), await cache.get('k', { version: 2 })]).toEqual(['one', 'two']);
    expect(await cache.incrVersion('k', 2)).toBe(3);
    expect([await cache.get('k'), await cache.get('k', { version: 3 })]).toEqual([undefined, 'one']);
  });
});

describe('reading', () => {
  it('A-81: what is no such tuple is the value itself', async () => {
    const plain = caches.get('plain');
    await plain.set('text', 'as it is', 60);
    await plain.set('list', [1, 2, 3], 60);
    await plain.set('n', 7, 60);
    expect(Object.fromEntries(await cache.getMany(['text', 'list', 'n']))).toEqual({ text: 'as it is', list: [1, 2, 3], n: 7 });
  });

  it('A-81: reads what Django wrote: the vector is past its end by now or not, and never anything but its value', async () => {
    await cache.command('SET', cache.makeKey('k'), Buffer.from(VECTOR.value_hex, 'hex'));
    const soft = (await tupleOf('k'))[2];
    expect(await cache.get('k')).toBe(soft >= now() ? 'val' : undefined);
    // One of them may be sent to make the value anew: the longer ago Django wrote it, the likelier.
    const reads = await Promise.all(Array.from({ length: 50 }, () => lasting.get().get('k')));
    expect(new Set(reads.map((value) => value ?? 'val'))).toEqual(new Set(['val']));
    const isOver = now() - soft >= AGES;
    expect(reads.includes('val')).toBe(!isOver);
  });

  it('A-81: past its soft end an entry is served by chance, and from CACHE_HERD_TIMEOUT on it is a miss for all', async () => {
    await cache.set('k', 'old', 60);
    await turnTo('k', now() - 1000);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.get('k', { default: 'instead' })).toBe('instead');
    expect(await lasting.get().get('k')).toBe('old');
  });

  it('A-81: half-way through, about half of the readers are sent to refresh', async () => {
    await cache.set('k', 'old', 60);
    await turnTo('k', now() - 29);
    const answers = await Promise.all(Array.from({ length: 400 }, () => cache.get('k')));
    const misses = answers.filter((answer) => answer === undefined).length;
    expect(misses).toBeGreaterThan(100);
    expect(misses).toBeLessThan(300);
  });

  it('A-82: in getMany an entry to refresh is a miss; Django gives None, as if None were stored', async () => {
    await cache.setMany({ fresh: 1, over: 2, none: null }, 60);
    await turnTo('over', now() - 1000);
    expect(await cache.getMany(['fresh', 'over', 'none'])).toEqual(
      new Map([
        ['fresh', 1],
        ['none', null],
      ]),
    );
  });

  it('without HerdClient the tuple is read as it stands, and written back as it was', async () => {
    await cache.set('k', 'v', 60);
    const before = await bytesOf('k');
    const plain = caches.get('plain');
    await plain.set('k', await plain.get('k'), 60);
    expect((await bytesOf('k')).equals(before)).toBe(true);
  });
});

describe('touch', () => {
  it('A-82: moves the soft end and the real one, in one step with the value as it is', async () => {
    await cache.set('k', { a: 1 }, 10);
    expect(await cache.touch('k', 100)).toBe(true);
    expect([await cache.get('k'), await cache.ttl('k')]).toEqual([{ a: 1 }, 160]);
    expect((await tupleOf('k'))[2]).toBeGreaterThanOrEqual(now() + 99);
    expect(await cache.touch('absent', 100)).toBe(false);
  });

  it('A-82: null stores it plain and for ever; 0 deletes; a plain entry gets a soft end', async () => {
    await cache.set('k', 'v', 10);
    expect(await cache.touch('k', null)).toBe(true);
    expect([await cache.get('k'), await cache.pttl('k'), await caches.get('plain').get('k')]).toEqual(['v', null, 'v']);
    expect(await cache.touch('k', null)).toBe(false);
    expect(await cache.touch('k', 30)).toBe(true);
    expect((await tupleOf('k'))[1]).toBe('v');
    expect(await cache.touch('k', 0)).toBe(true);
    expect(await cache.has('k')).toBe(false);
  });

  it('A-82: expire, pexpire, expireAt, pexpireAt and persist move the soft end as well', async () => {
    await cache.set('k', 'v', 10);
    const soft = async (): Promise<number> => (await tupleOf('k'))[2] - now();
    expect(await cache.expire('k', 100)).toBe(true);
    expect(await soft()).toBeGreaterThanOrEqual(99);
    expect(await cache.pexpire('k', 200_000)).toBe(true);
    expect(await soft()).toBeGreaterThanOrEqual(199);
    expect(await cache.expireAt('k', now() + 300)).toBe(true);
    expect(await soft()).toBeGreaterThanOrEqual(298);
    expect(await cache.pexpireAt('k', new Date(Date.now() + 400_000))).toBe(true);
    expect(await soft()).toBeGreaterThanOrEqual(398);
    expect(await cache.persist('k')).toBe(true);
    expect([await cache.pttl('k'), await cache.get('k')]).toEqual([null, 'v']);
    await cache.expire('k', 10);
    expect(await cache.expireAt('k', now() - 1)).toBe(true);
    expect(await cache.has('k')).toBe(false);
  });

  it('A-82: an entry past its soft end is not brought back', async () => {
    await lasting.get().set('k', 'old', 10);
    await turnTo('k', now() - 5);
    expect(await lasting.get().touch('k', 100)).toBe(false);
  });

  it('A-82: loses nothing that another writes at the same time, where Django reads and sets again', async () => {
    await cache.set('k', 0, 60);
    const peer = lasting.get();
    for (let i = 1; i <= 50; i += 1) {
      await Promise.all([cache.touch('k', 100), peer.set('k', i, 60)]);
      expect(await cache.get('k')).toBe(i);
    }
  });
});

describe('counters', () => {
  it('A-82: incr and decr are refused with the reason, where Django raises NotImplementedError; the entry stays', async () => {
    await cache.set('n', 1, 60);
    for (const error of [await rejectionOf(cache.incr('n')), await rejectionOf(cache.decr('n', 2))]) {
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toMatch(/HerdClient.*NotImplementedError/);
    }
    expect(await cache.get('n')).toBe(1);
    expect(await rejectionOf(caches.get('soft').incr('n'))).toBeInstanceOf(InvalidArgumentError);
  });
});

describe('getOrSet', () => {
  it('A-81: one caller refreshes; the others are served the old value meanwhile, and wait for nothing', async () => {
    const herd = caches.get();
    await herd.set('report', 'old', 60);
    // Ten seconds before the end five of six would refresh.
    await turnTo('report', now() - 50);
    let finish!: (value: string) => void;
    let made = 0;
    const make = (): Promise<string> => {
      made += 1;
      return new Promise((resolve) => (finish = resolve));
    };
    const calls = Array.from({ length: 10 }, () => herd.getOrSet('report', make, 60));
    const others = await firstOf(calls, 9);
    expect([made, others.filter((value) => value === 'old').length]).toEqual([1, 9]);
    finish('new');
    const values = await Promise.all(calls);
    expect([values.filter((value) => value === 'new').length, values.filter((value) => value === 'old').length]).toEqual([1, 9]);
    expect([await herd.get('report'), (await tupleOf('report'))[1]]).toEqual(['new', 'new']);
  });

  it('A-81: replaces an entry that is over, which Django leaves as it is until Redis drops it', async () => {
    await cache.set('report', 'old', 60);
    await turnTo('report', now() - 1000);
    expect(await Promise.all(Array.from({ length: 5 }, () => cache.getOrSet('report', () => 'new', 60)))).toEqual(
      Array.from({ length: 5 }, () => 'new'),
    );
    expect(await cache.get('report')).toBe('new');
  });

  it('A-20: what somebody else stored while it was made wins, and is not overwritten', async () => {
    await cache.set('report', 'old', 60);
    await turnTo('report', now() - 1000);
    const value = await cache.getOrSet('report', async () => {
      await lasting.get().set('report', 'theirs', 60);
      return 'mine';
    });
    expect([value, await cache.get('report')]).toEqual(['theirs', 'theirs']);
  });

  it('A-20: many callers of a missing key make it once, and each gets a value of its own', async () => {
    let made = 0;
    const values = await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', () => ({ made: (made += 1) }), 60)));
    expect(made).toBe(1);
    expect(values).toEqual(Array.from({ length: 20 }, () => ({ made: 1 })));
    expect(new Set(values).size).toBe(20);
  });
});

describe('compare-and-set', () => {
  it('knows no stale value: past its soft end there is none, and the token replaces what is left', async () => {
    const herd = lasting.get();
    await herd.set('session', { a: 1 }, 60);
    const fresh = await herd.getWithToken('session');
    expect([fresh.value, fresh.copy()]).toEqual([{ a: 1 }, { a: 1 }]);
    await turnTo('session', now() - 5);
    expect(await herd.compareAndSet('session', fresh.token, { a: 2 }, 60)).toBe(false);
    const over = await herd.getWithToken('session');
    expect(over.value).toBeUndefined();
    expect(await herd.compareAndSet('session', over.token, { a: 3 }, 60)).toBe(true);
    expect(await herd.get('session')).toEqual({ a: 3 });
  });
});

describe('sessions', () => {
  const KEY = 'abcdefghijklmnopqrstuvwxyz012345';
  const STORED = `django.contrib.sessions.cache${KEY}`;

  it('S-4: reads the session that Django packed, and writes it back packed; past its soft end it is over', async () => {
    const engine = new CacheEngine(lasting.strict());
    expect(await engine.create(KEY, { testcookie: 'worked' }, 1_209_600)).toBe(true);
    expect([(await tupleOf(STORED)).length, (await tupleOf(STORED))[1]]).toEqual([3, { testcookie: 'worked' }]);
    const session = (await engine.load(KEY))!;
    expect([session.data, session.pristine()]).toEqual([{ testcookie: 'worked' }, { testcookie: 'worked' }]);
    expect(await engine.replace(KEY, session.token, { cart: [1] }, 1_209_600)).toBe(true);
    expect(await engine.replace(KEY, session.token, { cart: [2] }, 1_209_600)).toBe(false);
    expect((await tupleOf(STORED))[1]).toEqual({ cart: [1] });
    await turnTo(STORED, now() - 1);
    expect([await engine.load(KEY), await engine.exists(KEY)]).toEqual([undefined, false]);
  });
});

describe('cache-manager', () => {
  it('sees the soft end as the end, so that ttl and refreshThreshold mean what they say; serves what is stale', async () => {
    const manager = createCache({ stores: [keyvStore(cache)] });
    await manager.set('k', 'v', 20_000);
    const left = (await manager.ttl('k'))! - Date.now();
    expect(left).toBeGreaterThan(17_000);
    expect(left).toBeLessThanOrEqual(20_000);
    const stale = createCache({ stores: [keyvStore(lasting.get())] });
    await turnTo('k', now() - 5);
    expect(await stale.get('k')).toBe('v');
    expect((await stale.ttl('k'))! - Date.now()).toBeGreaterThan(20_000);
  });
});

describe('settings', () => {
  it('A-82: only pickle, told at boot, where Django raises TypeError at the first use', () => {
    const path = 'CACHES.default.OPTIONS.SERIALIZER';
    for (const SERIALIZER of [
      'json',
      'django_redis.serializers.json.JSONSerializer',
      { dumps: JSON.stringify, loads: JSON.parse },
    ]) {
      const error = problemOf(() => createCaches(settings({ SERIALIZER })));
      expect(error.problems).toEqual([expect.objectContaining({ path, expected: "'pickle', beside HerdClient" })]);
    }
    expect(() => createCaches(settings({ SERIALIZER: 'pickle', PICKLE_VERSION: 2 }))).not.toThrow();
  });

  it.each([2, 3, 5, -1])('A-82: works with PICKLE_VERSION %i', async (PICKLE_VERSION) => {
    const other = createCaches(settings({ PICKLE_VERSION }));
    try {
      await other.get().set('k', 'v', 60);
      expect([await other.get().get('k'), await cache.get('k')]).toEqual(['v', 'v']);
    } finally {
      await other.close();
    }
  });

  it.each([-1, 1.5, '60', null])('A-80: refuses CACHE_HERD_TIMEOUT %p', (CACHE_HERD_TIMEOUT) => {
    const error = problemOf(() => createCaches(settings({}, { CACHE_HERD_TIMEOUT })));
    expect(error.problems).toEqual([expect.objectContaining({ path: 'CACHE_HERD_TIMEOUT' })]);
  });

  it.each(['herd', 'django_redis.client.herd.HerdClient', HERD])('A-80: CLIENT_CLASS %s is the one', async (CLIENT_CLASS) => {
    const other = createCaches(settings({ CLIENT_CLASS }));
    try {
      await other.get().set('k', 'v', 60);
      expect((await tupleOf('k')).length).toBe(3);
    } finally {
      await other.close();
    }
  });

  it('A-80: CACHE_HERD_TIMEOUT is how long an entry outlives its soft end; 0: not at all', async () => {
    const other = createCaches(settings({}, { CACHE_HERD_TIMEOUT: 0 }));
    try {
      await other.get().set('k', 'v', 60);
      expect([await other.get().ttl('k'), await other.get().get('k')]).toEqual([60, 'v']);
    } finally {
      await other.close();
    }
  });
});

describe('bytes that are no pickle', () => {
  it('A-32: are a CodecError; under IGNORE_EXCEPTIONS a miss, which getOrSet replaces', async () => {
    await cache.command('SET', cache.makeKey('bad'), 'no pickle');
    expect(await rejectionOf(cache.get('bad'))).toBeInstanceOf(CodecError);
    const soft = caches.get('soft');
    expect(await soft.get('bad')).toBeUndefined();
    expect(await soft.getOrSet('bad', () => 'good', 60)).toBe('good');
    expect(await cache.get('bad')).toBe('good');
  });

  it('under IGNORE_EXCEPTIONS have no life to change: touch, expire and persist resolve to false', async () => {
    await cache.command('SET', cache.makeKey('bad'), 'no pickle');
    const soft = caches.get('soft');
    const changes = [soft.touch('bad', 60), soft.expire('bad', 60), soft.pexpire('bad', 60), soft.persist('bad')];
    expect(await Promise.all(changes)).toEqual([false, false, false, false]);
    expect(await rejectionOf(cache.touch('bad', 60))).toBeInstanceOf(CodecError);
  });
});

function problemOf(run: () => unknown): ImproperlyConfiguredError {
  try {
    run();
  } catch (error) {
    if (error instanceof ImproperlyConfiguredError) return error;
    throw error;
  }
  throw new Error('it was expected to be refused');
}

/** The outcomes as soon as so many calls have one. */
async function firstOf(calls: readonly Promise<string | null>[], count: number): Promise<unknown[]> {
  const done: unknown[] = [];
  for (const call of calls) void call.then((value) => done.push(value));
  await until(`${count} calls have an outcome`, () => done.length >= count);
  return done;
}
