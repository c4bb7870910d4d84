import { InvalidCacheKeyError } from '../errors/invalid-cache-key.error.js';
import type { KeyFunction, ReverseKeyFunction } from './key-function.js';

/**
 * Joins prefix, version and key to the stored key `prefix:version:key`, byte for byte Django's; an empty
 * prefix leaves the leading colon: `:1:foo`. Key and version are text already: see `formatKey` and
 * `formatVersion`.
 */
export const makeKey: KeyFunction = (key, keyPrefix, version) => `${keyPrefix}:${version}:${key}`;

/**
 * Makes the default REVERSE_KEY_FUNCTION of one cache: it knows the cache's prefix and version, so that
 * colons in them do no harm (Django splits at most twice, and gives `7:k:1` for prefix `a:b`). A key of
 * another prefix is split as Django splits it; InvalidCacheKeyError when there is nothing to split.
 */
export function makeReverseKey(keyPrefix: string, version: string): ReverseKeyFunction {
  const prefix = `${keyPrefix}:`;
  return (storedKey, ofVersion = version) => {
    const own = `${prefix}${ofVersion}:`;
    if (storedKey.startsWith(own)) return storedKey.slice(own.length);
    return storedKey.startsWith(prefix) ? afterColons(storedKey, prefix.length, 1) : afterColons(storedKey, 0, 2);
  };
}

/**
 * Django's REVERSE_KEY_FUNCTION: what follows the second colon. InvalidCacheKeyError when there are fewer.
 */
export const djangoReverseKey: ReverseKeyFunction = (storedKey) => afterColons(storedKey, 0, 2);

function afterColons(storedKey: string, from: number, colons: number): string {
  let at = from;
  for (let count = 0; count < colons; count++) {
    const colon = storedKey.indexOf(':', at);
    if (colon < 0)
      throw new InvalidCacheKeyError(
        'stored key: expected the form prefix:version:key, got another. With a KEY_FUNCTION of your own, set REVERSE_KEY_FUNCTION.',
      );
    at = colon + 1;
  }
  return storedKey.slice(at);
}
