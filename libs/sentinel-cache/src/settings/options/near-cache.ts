import { readByteSize, sizeExpected } from '../../codec/byte-size.js';
import { readDurationMs, readInteger, readText } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { NearCacheConfig } from '../shapes/resolved-settings.js';

/** Reads OPTIONS.nearCache; undefined when it is not given. */
export function readNearCache(options: SettingReader): NearCacheConfig | undefined {
  if (!options.has('nearCache')) return undefined;
  const near = options.sub('nearCache');
  const config: NearCacheConfig = {
    maxBytes: readBytes(near, 'maxBytes') ?? DEFAULTS.nearCache.maxBytes,
    maxAgeMs: readDurationMs(near, 'maxAge') ?? DEFAULTS.nearCache.maxAgeMs,
    maxEntries: readInteger(near, 'maxEntries', { min: 1 }),
    prefix: readText(near, 'prefix', "Write what all stored keys begin with: 'shop:'."),
  };
  near.rejectUnknown();
  return Object.freeze(config);
}

/** Without a prefix that all stored keys begin with, Redis can't be asked which of them change. */
export function checkNearPrefix(options: SettingReader, near: NearCacheConfig | undefined, keysHavePattern: boolean): void {
  if (!near || near.prefix !== undefined || keysHavePattern) return;
  options.reject('nearCache', {
    expected: 'keys with a prefix that is known',
    got: 'a KEY_FUNCTION, whose keys may begin with anything',
    remedy:
      "Write what its keys begin with: nearCache: { prefix: 'shop:' }; '' follows every key of the database. " +
      'Or leave KEY_FUNCTION or nearCache out.',
  });
}

function readBytes(reader: SettingReader, name: string): number | undefined {
  const value = reader.take(name);
  if (value === undefined) return undefined;
  const bytes = readByteSize(value);
  return bytes || reader.reject(name, sizeExpected('of at least 1 byte'));
}
