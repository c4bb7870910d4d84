import { createCache, type Cache } from 'cache-manager';

import type { SentinelCache } from '../cache/sentinel-cache.js';
import { createKeyv } from './keyv.adapter.js';

/**
 * cache-manager's Cache over one of ours, same keys and bytes. cache-manager's own `wrap` loses the computed value when it can't be
 * stored (pain 9); this one's goes through `tolerant`, which drops such writes and publishes them. `set`, `del` and `clear` reject
 * where `cache` does.
 */
export function createCacheManager(cache: SentinelCache, tolerant: SentinelCache): Cache {
  const direct = createCache({ stores: [createKeyv({ reads: tolerant, writes: cache })] });
  const wrapping = createCache({ stores: [createKeyv({ reads: tolerant, writes: tolerant })] });
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
