import type { StoredBytes } from '../backends/backend.js';
import type { ValueCodec } from '../codec/value-codec.js';
import { ImproperlyConfiguredError } from '../errors/improperly-configured.error.js';
import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { formatKey, formatVersion } from '../keys/format-key.js';
import { patternOfAllVersions } from '../keys/key-pattern.js';
import type { CommonCacheConfig } from '../settings/resolved-settings.js';
import { toLifetime, type Lifetime, type Timeout } from '../time/lifetime.js';
import type { CacheKey } from './cache-options.js';

/** How one cache names, writes and dates its entries: its settings applied to keys, values and timeouts. */
export class EntrySpace {
  readonly alias: string;

  constructor(
    readonly config: CommonCacheConfig,
    readonly codec: ValueCodec,
  ) {
    this.alias = config.alias;
  }

  /** The stored key; a version that is omitted or null is the settings' (A-2). */
  storedKey(key: CacheKey, version?: number | string | null): string {
    const { keyFunction, keyPrefix } = this.config;
    return keyFunction(
      formatKey(key),
      keyPrefix,
      version === undefined || version === null ? this.config.version : formatVersion(version),
    );
  }

  /** The glob that matches all stored keys of this cache, and no others. */
  pattern(): string {
    if (this.config.keysHavePattern) return patternOfAllVersions(this.config.keyPrefix);
    throw new ImproperlyConfiguredError([
      {
        path: `CACHES.${this.alias}.KEY_FUNCTION`,
        expected: 'the default key function, for clear()',
        got: 'a function whose keys have no common pattern',
        remedy: 'Delete the keys by name, or call clear({ database: true }) to remove everything in this database.',
      },
    ]);
  }

  encode(value: unknown, storedKey: string): StoredBytes {
    return this.codec.encode(value, { alias: this.alias, key: storedKey });
  }

  decode<T>(bytes: Buffer, storedKey: string): T | null {
    return this.codec.decode(bytes, { alias: this.alias, key: storedKey }) as T | null;
  }

  lifetimeOf(timeout: Timeout | undefined): Lifetime {
    if (timeout === undefined) return this.config.defaultLifetime;
    const lifetime = toLifetime(timeout);
    if (lifetime !== undefined) return lifetime;
    throw this.invalid(
      `timeout: expected seconds, null for ever, or text such as '15m', got ${typeof timeout}. Write 300 or '5m' for five minutes.`,
    );
  }

  invalid(message: string): InvalidArgumentError {
    return new InvalidArgumentError(`Cache '${this.alias}', ${message}`, { alias: this.alias });
  }
}
