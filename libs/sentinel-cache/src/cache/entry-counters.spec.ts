import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { createCaches } from './create-caches.js';
import type { SentinelCache } from './sentinel-cache.js';
import type { SentinelCaches } from './sentinel-caches.js';

/** What JavaScript would count on, or take for 0 or 1. */
const NO_DELTAS = [
  '1',
  '',
  'text',
  null,
  true,
  false,
  [2],
  [],
  {},
  new Date(5),
  1.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  Symbol('1'),
];

describe('counters and versions', () => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  beforeAll(() => {
    caches = createCaches({ CACHES: { default: { BACKEND: 'locmem' } } });
    cache = caches.get();
  });
  afterAll(() => caches.close());
  beforeEach(() => cache.clear());

  it.each(['incr', 'decr', 'incrVersion', 'decrVersion'] as const)(
    '%s refuses all that is no whole number, and leaves the entry',
    async (method) => {
      await cache.set('n', 5);
      for (const delta of [...NO_DELTAS, ...(method.endsWith('Version') ? [1n] : [])]) {
        const error: unknown = await cache[method]('n', delta as never).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(InvalidArgumentError);
        expect((error as Error).message).toContain(`${method}: expected a whole number`);
      }
      expect(await cache.get('n')).toBe(5);
      expect(await cache.has('n')).toBe(true);
    },
  );

  it('take a delta that is negative, 0, or a bigint', async () => {
    await cache.set('n', 5);
    expect(await cache.decr('n', -2)).toBe(7);
    expect(await cache.decr('n', 7n)).toBe(0);
    expect(await cache.decr('n', 0)).toBe(0);
    expect(await cache.decr('n', 2n ** 70n)).toBe(-(2n ** 70n));
    expect(await cache.incrVersion('n', 3)).toBe(4);
    expect(await cache.decrVersion('n', 2, { version: 4 })).toBe(2);
    expect(await cache.decrVersion('n', -1, { version: 2 })).toBe(3);
    expect(await cache.get('n', { version: 3 })).toBe(-(2n ** 70n));
  });

  it('incrVersion by 0 keeps the entry, which Django loses', async () => {
    await cache.set('k', 'v', 60);
    expect(await cache.incrVersion('k', 0)).toBe(1);
    expect(await cache.decrVersion('k', 0)).toBe(1);
    expect(await cache.get('k')).toBe('v');
  });

  it('refuse a version past 2^53 rather than moving an entry to a neighbour of it', async () => {
    await cache.set('k', 'v', 60, { version: Number.MAX_SAFE_INTEGER });
    await expect(cache.incrVersion('k', 1, { version: Number.MAX_SAFE_INTEGER })).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(cache.incrVersion('k', 1, { version: 'two' })).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(await cache.get('k', { version: Number.MAX_SAFE_INTEGER })).toBe('v');
  });
});
