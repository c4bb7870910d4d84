import type { Keyv } from 'keyv';

import type { SentinelCache } from './cache/sentinel-cache.js';
import { TolerantCache } from './cache/tolerant-cache.js';
import { createKeyv } from './interop/keyv.adapter.js';

/**
 * A configured Keyv 5 over a cache: the store for cache-manager's `createCache({ stores: [...] })` and for
 * `CacheModule.register({ stores: [...] })`. Same keys and bytes as the cache itself.
 *
 * - `ttl` in milliseconds; none given: TIMEOUT of the settings; 0: for ever.
 * - `set`, `delete` and `clear` reject on failure; reads answer `undefined` during an outage, which is published on the diagnostics
 *   channel `nestjs-sentinel-cache:ignored-error`.
 *
 * @example
 * ```ts
 * const cache = createCache({ stores: [keyvStore(caches.get('default'))] });
 * ```
 */
export function keyvStore(cache: SentinelCache): Keyv {
  return createKeyv({ reads: TolerantCache.over(cache), writes: cache });
}
