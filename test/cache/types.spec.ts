import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createCaches, type SentinelCache, type SentinelCaches } from 'nestjs-sentinel-cache';

interface User {
  readonly name: string;
}

/** `true` for the same type alone, `false` for a narrower or a wider one: `npm run check` compiles this file. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <A, B>(same: Same<A, B>): boolean => same;

let caches: SentinelCaches;
let cache: SentinelCache;
beforeAll(() => {
  caches = createCaches({ CACHES: { default: { BACKEND: 'locmem' } } });
  cache = caches.get();
});
afterAll(() => caches.close());

it('a count is a number; only who counts with a bigint has to expect one', async () => {
  await cache.set('n', 1);
  const [byOne, byNumber, byBigint] = [
    await cache.incr('n'),
    await cache.decr('n', 2, { version: 1 }),
    await cache.incr('n', 3n),
  ];
  is<typeof byOne, number>(true);
  is<typeof byNumber, number>(true);
  is<typeof byBigint, number | bigint>(true);
  const either = 1 as number | bigint;
  const byEither = await cache.decr('n', either);
  is<typeof byEither, number | bigint>(true);
  expect([byOne, byNumber, byBigint, byEither]).toEqual([2, 0, 3, 2]);
});

it('getOrSet gives what its maker gives, and null only where the maker or the caller says so', async () => {
  const user = await cache.getOrSet('user', async () => ({ name: 'Ada' }));
  is<typeof user, { name: string }>(true);
  const named = await cache.getOrSet<User>('user', () => ({ name: 'Ada' }));
  is<typeof named, User>(true);
  const nobody = await cache.getOrSet<User | null>('nobody', () => null);
  is<typeof nobody, User | null>(true);
  const plain = await cache.getOrSet<number>('plain', 1);
  is<typeof plain, number>(true);
  expect([user.name, named.name, nobody, plain]).toEqual(['Ada', 'Ada', null, 1]);
});

it('get has a miss and a stored None in its type, and a default in place of the miss', async () => {
  const found = await cache.get<User>('absent');
  is<typeof found, User | null | undefined>(true);
  const orZero = await cache.get<number, number>('absent', { default: 0 });
  is<typeof orZero, number | null>(true);
  expect([found, orZero]).toEqual([undefined, 0]);
});
