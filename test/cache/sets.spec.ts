import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import {
  CommandRejectedError,
  createCaches,
  InvalidArgumentError,
  type SentinelCache,
  type SentinelCaches,
} from 'nestjs-sentinel-cache';
import { rejectionOf } from './support/waiting.js';

describe('sets', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let sets: SentinelCache['sets'];
  const cacheOf = (options: Record<string, unknown> = {}) => ({
    BACKEND: 'redis',
    LOCATION: redis.url(0),
    KEY_PREFIX: 'pp',
    OPTIONS: { deadline: '5s', ...options },
  });
  beforeAll(async () => {
    redis = await startLocalRedis({ password: 'admin' });
    caches = createCaches({
      default: cacheOf(),
      json: cacheOf({ SERIALIZER: 'json' }),
      ignoring: cacheOf({ IGNORE_EXCEPTIONS: true, deadline: '1s' }),
      locmem: { BACKEND: 'locmem' },
      dummy: { BACKEND: 'dummy' },
    });
    cache = caches.get();
    sets = cache.sets;
  });
  afterAll(async () => {
    await caches?.close();
    await redis?.stop();
  });
  beforeEach(() => cache.clear({ database: true }));

  it('W-20: members in JSON have the bytes of Python, by which Django finds them; entries need not', async () => {
    const json = caches.get('json');
    await json.sets.add('s', [{ name: 'é' }]);
    expect(String(await json.command('SMEMBERS', json.makeKey('s')))).toBe('{"name": "\\u00e9"}');
    await json.set('entry', { name: 'é' });
    expect(String(await json.command('GET', json.makeKey('entry')))).toBe('{"name":"é"}');
    expect(await json.get('entry')).toEqual({ name: 'é' });
  });

  it('A-60: names are built keys, integers are raw members, all else is serialised', async () => {
    expect(await caches.get('json').sets.add('s', [7, 'seven', true, null, { n: 1 }])).toBe(5);
    const raw = (await redis.command('SMEMBERS', 'pp:1:s')) as unknown[];
    expect(raw.map(String).sort()).toEqual(['"seven"', '7', 'null', 'true', '{"n": 1}'].sort());
  });

  it('A-60: sadd, scard, sismember, smismember, smembers, srem', async () => {
    expect(await sets.add('s', ['a', 'b', 3])).toBe(3);
    expect(await sets.add('s', new Set(['b', 'c']))).toBe(1);
    expect(await sets.card('s')).toBe(4);
    expect([await sets.isMember('s', 'a'), await sets.isMember('s', '3'), await sets.isMember('s', 3)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await sets.areMembers('s', ['x', 'a', 3])).toEqual([false, true, true]);
    expect(await sets.members('s')).toEqual(new Set(['a', 'b', 'c', 3]));
    expect(await sets.remove('s', ['a', 'x'])).toBe(1);
    expect(await sets.members('s')).toEqual(new Set(['b', 'c', 3]));
  });

  it('A-60: values come back as they were: objects, dates, bigints, null', async () => {
    const members = [{ a: [1] }, new Date(0), 2n ** 70n, null, 'é', true];
    await sets.add('s', members);
    expect([...(await sets.members('s'))]).toEqual(expect.arrayContaining(members));
    expect(await sets.isMember('s', { a: [1] })).toBe(true);
    expect(await sets.remove('s', [{ a: [1] }])).toBe(1);
  });

  it('A-60: a set that is absent is empty', async () => {
    expect(await sets.members('none')).toEqual(new Set());
    expect([await sets.card('none'), await sets.pop('none'), await sets.randomMember('none')]).toEqual([0, undefined, undefined]);
    expect([await sets.popMany('none', 2), await sets.randomMembers('none', 2)]).toEqual([new Set(), []]);
  });

  it('A-60: no members at all cost no call', async () => {
    expect([await sets.add('s', []), await sets.remove('s', new Set()), await sets.areMembers('s', [])]).toEqual([0, 0, []]);
    expect(await cache.has('s')).toBe(false);
  });

  it('A-60: sdiff, sinter, sunion and what stores them', async () => {
    await sets.add('a', [1, 2, 3]);
    await sets.add('b', [2, 3, 4]);
    expect(await sets.diff(['a', 'b'])).toEqual(new Set([1]));
    expect(await sets.inter(['a', 'b'])).toEqual(new Set([2, 3]));
    expect(await sets.union(['a', 'b'])).toEqual(new Set([1, 2, 3, 4]));
    expect(await sets.diffStore('d', ['a', 'b'])).toBe(1);
    expect(await sets.interStore('i', ['a', 'b'])).toBe(2);
    expect(await sets.unionStore('u', ['a', 'b'])).toBe(4);
    expect([await sets.members('d'), await sets.members('i'), await sets.card('u')]).toEqual([new Set([1]), new Set([2, 3]), 4]);
  });

  it('A-60: spop takes out, srandmember does not', async () => {
    await sets.add('s', [1, 2, 3, 4]);
    const one = await sets.pop<number>('s');
    expect(await sets.isMember('s', one)).toBe(false);
    const two = await sets.popMany<number>('s', 2);
    expect([two.size, await sets.card('s')]).toEqual([2, 1]);
    const last = await sets.randomMember<number>('s');
    expect(await sets.randomMembers('s', -3)).toEqual([last, last, last]);
    expect(await sets.randomMembers('s', 3)).toEqual([last]);
    expect(await sets.card('s')).toBe(1);
  });

  it('A-60: smove stays in the version that is given, for both names', async () => {
    await sets.add('s', ['m'], { version: 3 });
    expect(await sets.move('s', 's2', 'm', { version: 3 })).toBe(true);
    expect(await sets.move('s', 's2', 'm', { version: 3 })).toBe(false);
    expect([await redis.command('EXISTS', 'pp:3:s2'), await redis.command('EXISTS', 'pp:1:s2')]).toEqual([1, 0]);
  });

  it('A-60: versions are apart in every call', async () => {
    const two = { version: 2 };
    await sets.add('s', [1]);
    await sets.add('s', [2, 3], two);
    expect([await sets.card('s'), await sets.card('s', two), await sets.members('s', two)]).toEqual([1, 2, new Set([2, 3])]);
    expect(await sets.unionStore('u', ['s'], two)).toBe(2);
    expect([await sets.card('u'), await sets.card('u', two)]).toEqual([0, 2]);
  });

  it('A-60: what is stored goes to a version of its own when one is given (version_dest)', async () => {
    const two = { version: 2 };
    await sets.add('a', [1, 2, 3], two);
    await sets.add('b', [2, 3, 4], two);
    expect(await sets.diffStore('d', ['a', 'b'], { ...two, destinationVersion: 1 })).toBe(1);
    expect(await sets.interStore('i', ['a', 'b'], { ...two, destinationVersion: 3 })).toBe(2);
    expect(await sets.unionStore('u', ['a', 'b'], { ...two, destinationVersion: null })).toBe(4);
    expect([await sets.members('d'), await sets.members('i', { version: 3 }), await sets.card('u')]).toEqual([
      new Set([1]),
      new Set([2, 3]),
      4,
    ]);
    expect(await Promise.all(['d', 'i', 'u'].map((name) => sets.card(name, two)))).toEqual([0, 0, 0]);
  });

  it('A-60: iterate goes through all of a set of 5000, not the first batch only, and stops when told', async () => {
    const members = Array.from({ length: 5000 }, (_, i) => i);
    await sets.add('big', members);
    const seen = new Set<number>();
    for await (const member of sets.iterate<number>('big', { count: 100 })) seen.add(member);
    expect(seen.size).toBe(5000);
    const controller = new AbortController();
    const going = (async () => {
      for await (const member of sets.iterate('big', { count: 100, signal: controller.signal })) {
        expect(members).toContain(member);
        controller.abort();
      }
    })();
    expect(await rejectionOf(going)).toMatchObject({ reason: 'aborted' });
    for (const count of [0, -1, 1.5, Number.NaN, 1e9])
      expect(await rejectionOf(sets.iterate('big', { count }).next())).toBeInstanceOf(InvalidArgumentError);
    for (const signal of [5, {}, controller] as never[])
      expect(await rejectionOf(sets.iterate('big', { signal }).next())).toBeInstanceOf(InvalidArgumentError);
  });

  it('lives until it is deleted; TIMEOUT does not apply, expire and delete do', async () => {
    await sets.add('s', [1]);
    expect(await cache.pttl('s')).toBeNull();
    expect(await cache.expire('s', 50)).toBe(true);
    expect(await cache.pttl('s')).toBeLessThanOrEqual(50_000);
    expect(await cache.delete('s')).toBe(true);
    expect(await sets.card('s')).toBe(0);
  });

  it('another kind of entry under the name is a CommandRejectedError WRONGTYPE', async () => {
    await cache.set('value', 'v');
    for (const call of [sets.add('value', [1]), sets.members('value'), caches.get('ignoring').sets.card('value')])
      expect(await rejectionOf(call)).toMatchObject({ code: 'SENTINEL_CACHE_REJECTED', redisCode: 'WRONGTYPE' });
  });

  it('refuses a text in the place of a list, and no names, before anything is sent', async () => {
    for (const members of ['abc', Buffer.from('abc'), 7, undefined, { a: 1 }])
      expect(await rejectionOf(sets.add('s', members as never))).toBeInstanceOf(InvalidArgumentError);
    for (const call of [sets.union([]), sets.diffStore('d', []), sets.inter('ab' as never)])
      expect(await rejectionOf(call)).toBeInstanceOf(InvalidArgumentError);
  });

  it.each(['locmem', 'dummy'])('on %s every call is refused as a command is', async (alias) => {
    const { sets: refused } = caches.get(alias);
    const calls = [refused.add('s', [1]), refused.members('s'), refused.iterate('s').next()];
    for (const call of calls) {
      const error = await rejectionOf(call);
      expect(error).toBeInstanceOf(CommandRejectedError);
      expect(error).toMatchObject({ redisCode: 'NOTSUPPORTED', executed: false, alias });
    }
  });

  it('with IGNORE_EXCEPTIONS an outage reads as an empty set and drops writes; bytes that can not be read are left out', async () => {
    const ignoring = caches.get('ignoring');
    await ignoring.sets.add('s', ['a']);
    await redis.command('SADD', 'pp:1:s', 'no pickle');
    expect(await ignoring.sets.members('s')).toEqual(new Set(['a']));
    expect(await rejectionOf(sets.members('s'))).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
    await redis.hang();
    try {
      const calls = [
        ignoring.sets.members('s'),
        ignoring.sets.add('s', [1]),
        ignoring.sets.areMembers('s', [1]),
        ignoring.sets.pop('s'),
      ];
      expect(await Promise.all(calls)).toEqual([new Set(), 0, [false], undefined]);
      expect(await ignoring.sets.iterate('s').next()).toEqual({ done: true, value: undefined });
    } finally {
      await redis.resume();
    }
  });
});
