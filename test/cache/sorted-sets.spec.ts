import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLocalRedis, type LocalRedis } from 'local-sentinel';
import { createCaches, InvalidArgumentError, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';
import { rejectionOf } from './support/waiting.js';

describe('sorted sets', () => {
  let redis: LocalRedis;
  let caches: SentinelCaches;
  let cache: SentinelCache;
  let zsets: SentinelCache['sortedSets'];
  beforeAll(async () => {
    redis = await startLocalRedis();
    caches = createCaches({
      default: { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'pp', OPTIONS: { deadline: '5s' } },
      json: { BACKEND: 'redis', LOCATION: redis.url(0), KEY_PREFIX: 'pp', OPTIONS: { deadline: '5s', SERIALIZER: 'json' } },
      locmem: { BACKEND: 'locmem' },
      dummy: { BACKEND: 'dummy' },
    });
    cache = caches.get();
    zsets = cache.sortedSets;
  });
  afterAll(async () => {
    await caches?.close();
    await redis?.stop();
  });
  beforeEach(() => cache.clear({ database: true }));

  it('A-62: names are built keys, members are encoded, scores are plain floats', async () => {
    await caches.get('json').sortedSets.add(
      'z',
      new Map<unknown, number>([
        [7, 1.5],
        ['a', 2],
      ]),
    );
    expect(((await redis.command('ZRANGE', 'pp:1:z', 0, -1, 'WITHSCORES')) as unknown[]).map(String)).toEqual([
      '7',
      '1.5',
      '"a"',
      '2',
    ]);
  });

  it('A-62: zadd takes an object, a Map or pairs, and counts what is new', async () => {
    expect(await zsets.add('z', { a: 1, b: 2 })).toBe(2);
    expect(
      await zsets.add(
        'z',
        new Map([
          ['b', 3],
          ['c', 3],
        ]),
      ),
    ).toBe(1);
    expect(
      await zsets.add('z', [
        [{ n: 1 }, 4],
        [7, 5],
      ]),
    ).toBe(2);
    expect(await zsets.add('z', {})).toBe(0);
    expect(await zsets.range('z', 0, -1)).toEqual(['a', 'b', 'c', { n: 1 }, 7]);
    expect([await zsets.card('z'), await zsets.card('z', { version: 2 })]).toEqual([5, 0]);
  });

  it('A-62: the flags nx, xx, gt, lt and ch', async () => {
    await zsets.add('z', { a: 5 });
    expect(await zsets.add('z', { a: 6, b: 1 }, { nx: true })).toBe(1);
    expect(await zsets.add('z', { a: 7, x: 1 }, { xx: true, ch: true })).toBe(1);
    expect(await zsets.add('z', { a: 6 }, { gt: true, ch: true })).toBe(0);
    expect(await zsets.add('z', { a: 6 }, { lt: true, ch: true })).toBe(1);
    expect(await zsets.range('z', 0, -1, { withScores: true })).toEqual([
      { member: 'b', score: 1 },
      { member: 'a', score: 6 },
    ]);
    for (const flags of [
      { nx: true, xx: true },
      { nx: true, gt: true },
      { gt: true, lt: true },
    ])
      expect(await rejectionOf(zsets.add('z', { a: 1 }, flags))).toBeInstanceOf(InvalidArgumentError);
  });

  it('A-62: zincrby gives a float; with a condition that is not met undefined', async () => {
    expect([await zsets.incrBy('z', 'a', 1.25), await zsets.incrBy('z', 'a', -0.25)]).toEqual([1.25, 1]);
    expect([await zsets.incrBy('z', 'new', 1, { xx: true }), await zsets.incrBy('z', 'a', 1, { nx: true })]).toEqual([
      undefined,
      undefined,
    ]);
    expect(await zsets.incrBy('z', 'a', 2, { gt: true })).toBe(3);
  });

  it.each([0.1, 1e21, -1.7976931348623157e308, 5e-324, 2 ** 53, Infinity, -Infinity])(
    'A-62: a score of %p comes back exactly',
    async (score) => {
      await zsets.add('z', [['m', score]]);
      expect(await zsets.score('z', 'm')).toBe(score);
      expect(await zsets.range('z', 0, 0, { withScores: true })).toEqual([{ member: 'm', score }]);
      expect(await zsets.count('z', score, score)).toBe(1);
    },
  );

  it('A-62: zrange, zrevrange, zrangebyscore, zrevrangebyscore, zcount', async () => {
    await zsets.add('z', { a: 1, b: 2, c: 3, d: 4 });
    expect(await zsets.range<string>('z', 1, 2)).toEqual(['b', 'c']);
    expect(await zsets.reverseRange('z', 0, 1)).toEqual(['d', 'c']);
    expect(await zsets.reverseRange('z', 0, 0, { withScores: true })).toEqual([{ member: 'd', score: 4 }]);
    expect(await zsets.rangeByScore('z', '(1', 3)).toEqual(['b', 'c']);
    expect(await zsets.rangeByScore('z', -Infinity, Infinity, { offset: 1, limit: 2 })).toEqual(['b', 'c']);
    expect(await zsets.rangeByScore('z', -Infinity, Infinity, { offset: 2 })).toEqual(['c', 'd']);
    expect(await zsets.rangeByScore('z', 2, 2, { withScores: true })).toEqual([{ member: 'b', score: 2 }]);
    expect(await zsets.reverseRangeByScore('z', 3, '(1')).toEqual(['c', 'b']);
    expect(await zsets.reverseRangeByScore('z', Infinity, -Infinity, { withScores: true, limit: 1 })).toEqual([
      { member: 'd', score: 4 },
    ]);
    expect([await zsets.count('z', 2, 3), await zsets.count('z', '(2', Infinity)]).toEqual([2, 2]);
  });

  it('A-62: zrank, zscore, zrem, zremrangebyscore', async () => {
    await zsets.add('z', { a: 1, b: 2, c: 3, d: 4 });
    expect([await zsets.rank('z', 'b'), await zsets.reverseRank('z', 'b'), await zsets.rank('z', 'x')]).toEqual([
      1,
      2,
      undefined,
    ]);
    expect([await zsets.score('z', 'c'), await zsets.score('z', 'x')]).toEqual([3, undefined]);
    expect([await zsets.remove('z', ['a', 'x']), await zsets.remove('z', [])]).toEqual([1, 0]);
    expect(await zsets.removeRangeByScore('z', '(2', 3)).toBe(1);
    expect(await zsets.range('z', 0, -1)).toEqual(['b', 'd']);
  });

  it('A-62: zpopmax and zpopmin take out one, or a list', async () => {
    await zsets.add('z', { a: 1, b: 2, c: 3, d: 4 });
    expect([await zsets.popMax('z'), await zsets.popMin('z')]).toEqual([
      { member: 'd', score: 4 },
      { member: 'a', score: 1 },
    ]);
    expect(await zsets.popMaxMany('z', 5)).toEqual([
      { member: 'c', score: 3 },
      { member: 'b', score: 2 },
    ]);
    expect([await zsets.popMin('z'), await zsets.popMinMany('z', 2)]).toEqual([undefined, []]);
  });

  it('A-62: iterate goes through all of a sorted set of 3000', async () => {
    await zsets.add(
      'big',
      Array.from({ length: 3000 }, (_, i) => [i, i / 2] as const),
    );
    const seen = new Map<number, number>();
    for await (const { member, score } of zsets.iterate<number>('big', { count: 100 })) seen.set(member, score);
    expect([seen.size, seen.get(2999)]).toEqual([3000, 1499.5]);
  });

  it.each([Number.NaN, '5', '(', '(x', undefined])('refuses %p as a score or bound, before anything is sent', async (bad) => {
    expect(await rejectionOf(zsets.add('z', [['m', bad as never]]))).toBeInstanceOf(InvalidArgumentError);
    expect(await rejectionOf(zsets.count('z', bad as never, 1))).toBeInstanceOf(InvalidArgumentError);
  });

  it('another kind of entry under the name is a CommandRejectedError WRONGTYPE', async () => {
    await cache.set('value', 'v');
    expect(await rejectionOf(zsets.range('value', 0, -1))).toMatchObject({
      code: 'SENTINEL_CACHE_REJECTED',
      redisCode: 'WRONGTYPE',
    });
  });

  it.each(['locmem', 'dummy'])('on %s every call is refused as a command is', async (alias) => {
    const { sortedSets: refused } = caches.get(alias);
    for (const call of [refused.add('z', { a: 1 }), refused.range('z', 0, -1), refused.iterate('z').next()])
      expect(await rejectionOf(call)).toMatchObject({ redisCode: 'NOTSUPPORTED', executed: false, alias });
  });
});
