import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { rejectionOf } from './support/waiting.js';

describe('hashes', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let hashes: SentinelCache['hashes'];
  beforeAll(async () => {
    redis = await startLocalRedis();
    caches = createCaches({
      default: { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'pp', OPTIONS: { deadline: '5s', SERIALIZER: 'json' } },
      locmem: { BACKEND: 'locmem' },
      dummy: { BACKEND: 'dummy' },
    });
    cache = caches.get();
    hashes = cache.hashes;
  });
  afterAll(async () => {
    await caches?.close();
    await redis?.stop();
  });
  beforeEach(() => cache.clear({ database: true }));

  const stored = async (name: string): Promise<string[]> => ((await redis.command('HGETALL', name)) as unknown[]).map(String);

  it('A-61: the name is a built key, the field is text, the value is encoded', async () => {
    expect(await hashes.set('h', 'f', 'v')).toBe(true);
    expect(await hashes.set('h', 'n', 7, { version: 2 })).toBe(true);
    expect(await stored('pp:1:h')).toEqual(['f', '"v"']);
    expect(await stored('pp:2:h')).toEqual(['n', '7']);
  });

  it('A-61: hset, hexists, hlen, hkeys, hdel', async () => {
    expect([await hashes.set('h', 'a', 1), await hashes.set('h', 'a', 2), await hashes.set('h', 7, 'seven')]).toEqual([
      true,
      false,
      true,
    ]);
    expect([await hashes.exists('h', 'a'), await hashes.exists('h', 'x')]).toEqual([true, false]);
    expect([await hashes.length('h'), (await hashes.keys('h')).sort()]).toEqual([2, ['7', 'a']]);
    expect([await hashes.delete('h', 'a'), await hashes.delete('h', 'a')]).toEqual([true, false]);
    expect(await hashes.deleteMany('h', ['7', 'x'])).toBe(1);
    expect(await cache.has('h')).toBe(false);
  });

  it('A-61: reads what it stored: one, many, all; a stored None is null, what is absent undefined', async () => {
    expect(await hashes.setMany('h', { a: { n: [1] }, b: null, ['__proto__']: 1 })).toBe(3);
    expect(
      await hashes.setMany(
        'h',
        new Map<string | number, unknown>([
          ['a', 1],
          [9, true],
        ]),
      ),
    ).toBe(1);
    expect([await hashes.get('h', 'a'), await hashes.get('h', 'b'), await hashes.get('h', 'x')]).toEqual([1, null, undefined]);
    expect(await hashes.getMany('h', ['b', 'x', 'a'])).toEqual(
      new Map([
        ['b', null],
        ['a', 1],
      ] as const),
    );
    expect(await hashes.getAll('h')).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', null],
        ['__proto__', 1],
        ['9', true],
      ]),
    );
    expect([await hashes.getAll('none'), await hashes.getMany('h', []), await hashes.setMany('h', {})]).toEqual([
      new Map(),
      new Map(),
      0,
    ]);
  });

  it('A-61: add stores an absent field only; incrBy counts, exactly past 2^53', async () => {
    expect([await hashes.add('h', 'f', 1), await hashes.add('h', 'f', 2), await hashes.get('h', 'f')]).toEqual([true, false, 1]);
    expect([await hashes.incrBy('h', 'f'), await hashes.incrBy('h', 'f', -5)]).toEqual([2, -3]);
    expect(await hashes.incrBy('h', 'big', 2n ** 53n + 1n)).toBe(2n ** 53n + 1n);
    await hashes.set('h', 'text', 't');
    for (const delta of ['1', [2], true, null, 1.5, Infinity])
      expect(await rejectionOf(hashes.incrBy('h', 'f', delta as never))).toMatchObject({
        code: 'SENTINEL_CACHE_INVALID_ARGUMENT',
      });
    expect(await rejectionOf(hashes.incrBy('h', 'text'))).toMatchObject({ code: 'SENTINEL_CACHE_REJECTED', executed: false });
  });

  it('A-61: iterate goes through all of a hash of 3000, or through the fields that match', async () => {
    const values = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f:${i}`, i]));
    await hashes.setMany('big', values);
    const seen = new Map<string, number | null>();
    for await (const [field, value] of hashes.iterate<number>('big', { count: 100 })) seen.set(field, value);
    expect(Object.fromEntries(seen)).toEqual(values);
    const matching = new Set<string>();
    for await (const [field] of hashes.iterate('big', { match: 'f:29?' })) matching.add(field);
    expect(matching.size).toBe(10);
  });

  it('A-61: asDjango keeps the name raw and the fields built, and sees its own version´s only', async () => {
    const django = hashes.asDjango;
    await redis.command('HSET', 'h', 'pp:1:f', '"from Django"', 'pp:2:f', '2', 'other:1:f', '3');
    expect(await django.get('h', 'f')).toBe('from Django');
    expect(await django.set('h', 'g', 5)).toBe(true);
    expect(await stored('h')).toEqual(expect.arrayContaining(['pp:1:g', '5']));
    expect((await django.keys('h')).sort()).toEqual(['f', 'g']);
    expect(await django.keys('h', { version: 2 })).toEqual(['f']);
    expect(await django.getAll('h')).toEqual(
      new Map<string, unknown>([
        ['f', 'from Django'],
        ['g', 5],
      ]),
    );
    expect([await django.exists('h', 'g'), await django.delete('h', 'g'), await django.length('h')]).toEqual([true, true, 3]);
    const matching: unknown[] = [];
    for await (const entry of django.iterate('h', { match: '?', version: 2 })) matching.push(entry);
    expect(matching).toEqual([['f', 2]]);
    expect(hashes.asDjango).toBe(django);
  });

  it('another kind of entry under the name is a CommandRejectedError WRONGTYPE', async () => {
    await cache.set('value', 'v');
    expect(await rejectionOf(hashes.get('value', 'f'))).toMatchObject({
      code: 'SENTINEL_CACHE_REJECTED',
      redisCode: 'WRONGTYPE',
    });
  });

  it.each(['locmem', 'dummy'])('on %s every call is refused as a command is', async (alias) => {
    const { hashes: refused } = caches.get(alias);
    for (const call of [refused.set('h', 'f', 1), refused.getAll('h'), refused.iterate('h').next()])
      expect(await rejectionOf(call)).toMatchObject({ redisCode: 'NOTSUPPORTED', executed: false, alias });
  });
});
