import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { createCaches } from '../create-caches.js';
import type { SentinelCaches } from '../sentinel-caches.js';

const PATIENCE_MS = 30_000;
const never = (): Promise<string[]> => new Promise(() => undefined);

describe('getOrSet beside a function that never ends', () => {
  let caches: SentinelCaches;
  beforeEach(() => {
    jest.useFakeTimers();
    caches = createCaches({ CACHES: { default: { BACKEND: 'locmem' } } });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await caches.close();
  });

  it('one of those who wait makes the value after 30 s, for all of them, each with a copy of their own', async () => {
    const cache = caches.get();
    void cache.getOrSet('k', never);
    const waiting = [1, 2, 3].map((number) => cache.getOrSet('k', async () => [`made by ${number}`]));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS + 1);
    const values = await Promise.all(waiting);
    expect(values).toEqual([['made by 1'], ['made by 1'], ['made by 1']]);
    expect(new Set(values).size).toBe(3);
    expect(await cache.get('k')).toEqual(['made by 1']);
  });

  it('after 60 s who still waits is told, so that nobody waits for ever', async () => {
    const cache = caches.get();
    void cache.getOrSet('k', never);
    const settled: unknown[] = [];
    for (let i = 0; i < 10; i += 1)
      cache.getOrSet('k', never).then(
        () => settled.push('a value'),
        (error: unknown) => settled.push(error),
      );
    await jest.advanceTimersByTimeAsync(2 * PATIENCE_MS + 2);
    expect(settled).toHaveLength(8);
    for (const error of settled)
      expect(error).toMatchObject({ code: 'SENTINEL_CACHE_UNAVAILABLE', reason: 'deadline', executed: false, alias: 'default' });
    expect(await cache.getOrSet('other', 'not held up')).toBe('not held up');
  });

  it('a hundred thousand wait at most; one more is told at once', async () => {
    const cache = caches.get();
    void cache.getOrSet('k', never);
    for (let i = 0; i < 100_000; i += 1) cache.getOrSet('k', never).catch(() => undefined);
    await expect(cache.getOrSet('k', never)).rejects.toMatchObject({ reason: 'queue-full', executed: false });
  });
});
