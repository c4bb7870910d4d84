import type { Keyv } from 'keyv';

import type { SentinelCache } from './cache/sentinel-cache.js';
import type { SentinelCaches } from './cache/sentinel-caches.js';
import { InvalidArgumentError } from './errors/invalid-argument.error.js';
import { KeyvStorageAdapter, type KeyvAdapterOptions } from './interop/keyv-storage.adapter.js';
import type { KeyvCaches } from './interop/keyv-store.js';
import { createKeyv } from './interop/keyv.adapter.js';

export type { KeyvAdapterOptions, KeyvStorageAdapter };

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
  return createKeyv(cachesOf('keyvStore', cache));
}

/**
 * Makes a storage adapter over a cache, for a Keyv 5 or 6 of one's own: `new Keyv({ store })`, with that
 * Keyv's serializer, compression and encryption. Each Keyv needs an adapter of its own. Throws
 * InvalidArgumentError for what is no cache, and for options that it does not know.
 *
 * - The cache stores the Keyv's text. With `{ serialization: false }`, here and in the Keyv, it stores the
 *   values themselves, as `keyvStore` does.
 * - `ttl` in milliseconds; none given, or 0: TIMEOUT of the settings.
 * - `namespace` goes before each key (`namespace:key`), and `clear()` and `iterator()` are about it alone.
 * - Writes reject on failure, and Keyv makes `error` events of that; reads answer `undefined` during an
 *   outage, which is published on the diagnostics channel `nestjs-sentinel-cache:ignored-error`.
 * - `disconnect()` closes connections where `keyvStore` does.
 *
 * @example
 * ```ts
 * const store = keyvAdapter(caches.get('default'));
 * const keyv = new Keyv({ store, namespace: 'shop', useKeyPrefix: false });
 * ```
 */
export function keyvAdapter(cache: SentinelCache | SentinelCaches, options: KeyvAdapterOptions = {}): KeyvStorageAdapter {
  return new KeyvStorageAdapter(cachesOf('keyvAdapter', cache), options);
}

function cachesOf(called: string, cache: SentinelCache | SentinelCaches): KeyvCaches {
  // By what it can do, not by its class: a program may have loaded this package twice, as ESM and CommonJS.
  if (isObject(cache) && 'ignoringOutages' in cache) return { reads: cache.ignoringOutages(), writes: cache };
  if (isObject(cache) && 'aliases' in cache) return { ...cachesOf(called, cache.get()), close: () => cache.close() };
  const expected = `expected a cache (caches.get('default')) or all caches (createCaches(...)), got ${cache === null ? 'null' : typeof cache}`;
  throw new InvalidArgumentError(`${called}: ${expected}. Write ${called}(caches.get('default')).`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
