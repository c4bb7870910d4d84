import { createCache, type Cache } from 'cache-manager';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { TolerantCache } from '../cache/tolerant-cache.js';
import { keyvStore } from './keyv.adapter.js';

/**
 * cache-manager's Cache over one of ours, same keys and bytes. Its own `wrap` loses the computed value when it can't be stored
 * (pain 9); this one's `wrap` goes through a cache that drops such writes and publishes them. Everything else rejects on failure.
 */
export function createCacheManager(cache: SentinelCache): Cache {
  const direct = createCache({ stores: [keyvStore(cache)] });
  const wrapping = createCache({ stores: [keyvStore(TolerantCache.over(cache))] });
  return {
    ...direct,
    wrap: wrapping.wrap,
    on: (event, listener) => {
      wrapping.on(event, listener);
      return direct.on(event, listener);
    },
    off: (event, listener) => {
      wrapping.off(event, listener);
      return direct.off(event, listener);
    },
  };
}
