import { describe, expect, it } from '@jest/globals';

import { createCaches } from './create-caches.js';
import type { SentinelCache } from './sentinel-cache.js';

const KEYS = Array.from({ length: 49 }, (_, i) => `cull${i + 1}`);
const LOCMEM = { BACKEND: 'django.core.cache.backends.locmem.LocMemCache' };

const fill = async (cache: SentinelCache): Promise<void> => {
  for (const key of KEYS) await cache.set(key, 'value', 1000);
};
const left = async (cache: SentinelCache): Promise<number> => (await cache.getMany(KEYS)).size;

describe('locmem caches of one LOCATION', () => {
  it.each([
    ['with OPTIONS', { OPTIONS: { MAX_ENTRIES: 30 } }, 29],
    ['beside OPTIONS', { MAX_ENTRIES: 30 }, 29],
    ['with a CULL_FREQUENCY of 0', { OPTIONS: { MAX_ENTRIES: 30, CULL_FREQUENCY: 0 } }, 19],
  ])('have bounds of their own, %s, wherever they stand in CACHES; Django leaves as many', async (_how, bounds, remaining) => {
    for (const order of [
      { default: LOCMEM, small: { ...LOCMEM, ...bounds } },
      { small: { ...LOCMEM, ...bounds }, default: LOCMEM },
    ]) {
      const caches = createCaches({ CACHES: order });
      await fill(caches.get('default'));
      expect(await left(caches.get('default'))).toBe(49);
      await caches.get('default').clear();
      await fill(caches.get('small'));
      expect(await left(caches.get('small'))).toBe(remaining);
      expect(await left(caches.get('default'))).toBe(remaining);
      await caches.close();
    }
  });

  it('a small one makes room among the entries of all, when it stores a new one', async () => {
    const caches = createCaches({ CACHES: { default: LOCMEM, small: { ...LOCMEM, OPTIONS: { MAX_ENTRIES: 30 } } } });
    const [large, small] = [caches.get('default'), caches.get('small')];
    await fill(large);
    await small.set('cull49', 'another value', 1000);
    expect(await left(large)).toBe(49);
    await small.set('new', 'value', 1000);
    expect(await left(large)).toBe(49 - 16);
    expect(await large.get('cull49')).toBe('another value');
    await caches.close();
  });

  it('keep out of each other with another LOCATION', async () => {
    const caches = createCaches({ CACHES: { default: LOCMEM, other: { ...LOCMEM, LOCATION: 'other' } } });
    await fill(caches.get('default'));
    expect(await left(caches.get('other'))).toBe(0);
    await caches.close();
  });
});
