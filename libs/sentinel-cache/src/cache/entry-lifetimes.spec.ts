import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { createCaches } from './create-caches.js';
import type { SentinelCache } from './sentinel-cache.js';
import type { SentinelCaches } from './sentinel-caches.js';

describe('timeouts', () => {
  let caches: SentinelCaches;
  let cache: SentinelCache;
  beforeAll(() => {
    caches = createCaches({ CACHES: { default: { BACKEND: 'locmem' } } });
    cache = caches.get();
  });
  afterAll(() => caches.close());
  beforeEach(async () => {
    await cache.clear();
    await cache.set('k', 'kept', 60);
  });

  const CALLS: Readonly<Record<string, (timeout: number) => Promise<unknown>>> = {
    set: (timeout) => cache.set('k', 'new', timeout),
    add: (timeout) => cache.add('absent', 'new', timeout),
    getOrSet: (timeout) => cache.getOrSet('absent', 'new', timeout),
    setMany: (timeout) => cache.setMany({ k: 'new' }, timeout),
    compareAndSet: async (timeout) => cache.compareAndSet('k', (await cache.getWithToken('k')).token, 'new', timeout),
    touch: (timeout) => cache.touch('k', timeout),
    expire: (timeout) => cache.expire('k', timeout),
    pexpire: (timeout) => cache.pexpire('k', timeout),
  };

  it.each(Object.keys(CALLS))('%s: what is not finite is no timeout, and changes nothing', async (name) => {
    for (const timeout of [Infinity, -Infinity, NaN]) {
      const error: unknown = await CALLS[name]!(timeout).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect((error as Error).message).toContain(`got ${timeout}`);
    }
    expect(await cache.get('k')).toBe('kept');
    expect(await cache.pttl('k')).toBeLessThanOrEqual(60_000);
    expect(await cache.has('absent')).toBe(false);
  });

  it('touch with null tells whether the entry had an end until now', async () => {
    expect(await cache.touch('k', null)).toBe(true);
    expect(await cache.ttl('k')).toBeNull();
    expect(await cache.touch('k', null)).toBe(false);
    expect(await cache.get('k')).toBe('kept');
    expect(await cache.touch('absent', null)).toBe(false);
  });
});
