import type { Keyv } from 'keyv';

import type { SentinelCache } from './cache/sentinel-cache.js';
import { SentinelCaches } from './cache/sentinel-caches.js';
import { createKeyv } from './interop/keyv.adapter.js';

/**
 * A configured Keyv 5 over a cache: the store for cache-manager's `createCache({ stores: [...] })` and for
 * `CacheModule.register({ stores: [...] })`. Same keys and bytes as the cache itself.
 *
 * - `ttl` in milliseconds; none given: TIMEOUT of the settings; 0: for ever. NaN is an InvalidArgumentError.
 * - `set`, `delete` and `clear` reject on failure; reads answer `undefined` during an outage, which is
 *   published on the diagnostics channel `nestjs-sentinel-cache:ignored-error`.
 * - `namespace` goes before each key (`namespace:key`), and `clear()` and `iterator()` are about it alone.
 * - `store`, `serialize`, `deserialize` and `compression` can't be set: an InvalidArgumentError says what to
 *   do.
 * - `disconnect()` closes nothing: who made the caches closes them. Given all caches (`SentinelCaches`), the
 *   Keyv is over `default`, and `disconnect()` closes them.
 *
 * @example
 * ```ts
 * const cache = createCache({ stores: [keyvStore(caches.get('default'))] });
 * ```
 */
export function keyvStore(cache: SentinelCache | SentinelCaches): Keyv {
  if (!(cache instanceof SentinelCaches)) return createKeyv({ reads: cache.ignoringOutages(), writes: cache });
  const writes = cache.get();
  return createKeyv({ reads: writes.ignoringOutages(), writes, close: () => cache.close() });
}
