import { readByteSize, sizeExpected } from '../../codec/byte-size.js';
import { hasUtf8 } from '../../keys/format-key.js';
import { readDurationMs, readInteger, readText } from '../read/read-values.js';
import type { SettingReader } from '../read/setting-reader.js';
import { DEFAULTS } from '../shapes/defaults.js';
import type { NearCacheConfig } from '../shapes/resolved-settings.js';

/** Room for entries is claimed at once: 10 000 000 of them take 300 MB before the first one. */
const MOST_ENTRIES = 10_000_000;

/** Reads OPTIONS.nearCache; undefined when it is not given. */
export function readNearCache(options: SettingReader): NearCacheConfig | undefined {
  if (!options.has('nearCache')) return undefined;
  const near = options.sub('nearCache');
  const config: NearCacheConfig = {
    maxBytes: readBytes(near, 'maxBytes') ?? DEFAULTS.nearCache.maxBytes,
    maxAgeMs: readDurationMs(near, 'maxAge') ?? DEFAULTS.nearCache.maxAgeMs,
    maxEntries: readInteger(near, 'maxEntries', { min: 1, max: MOST_ENTRIES }),
    prefix: readPrefix(near),
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

/** Half a surrogate pair would be another prefix to Redis, which would tell of none of the keys. */
function readPrefix(near: SettingReader): string | undefined {
  const prefix = readText(near, 'prefix', "Write what all stored keys begin with: 'shop:'.");
  if (prefix === undefined || hasUtf8(prefix)) return prefix;
  return near.reject('prefix', { expected: 'text that UTF-8 can write', got: 'half a surrogate pair', remedy: 'Remove it.' });
}

function readBytes(reader: SettingReader, name: string): number | undefined {
  const value = reader.take(name);
  if (value === undefined) return undefined;
  const bytes = readByteSize(value);
  return bytes || reader.reject(name, sizeExpected('of at least 1 byte'));
}
