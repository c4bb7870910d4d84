import { InvalidCacheKeyError } from '../errors/invalid-cache-key.error.js';
import { hasUtf8 } from './format-key.js';
import type { KeyFunction } from './key-function.js';

/**
 * Checks what the user's own KEY_FUNCTION gives: anything but text, or text that UTF-8 can't write, would be
 * one stored key for many. Throws InvalidCacheKeyError for that, and what the function itself throws.
 */
export function checkedKeyFunction(keyFunction: KeyFunction): KeyFunction {
  return (key, keyPrefix, version) => {
    const storedKey: unknown = keyFunction(key, keyPrefix, version);
    if (typeof storedKey === 'string' && hasUtf8(storedKey)) return storedKey;
    if (storedKey instanceof Promise) storedKey.catch(() => undefined);
    const got =
      storedKey instanceof Promise ? 'a Promise' : typeof storedKey === 'string' ? 'half a surrogate pair' : typeof storedKey;
    throw new InvalidCacheKeyError(
      `KEY_FUNCTION: expected a function that returns the stored key as text, got ${got}. Return a string, and no Promise.`,
    );
  };
}
