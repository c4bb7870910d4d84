import { printableKey } from './printable.js';
import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * Thrown by `incr`, `decr`, `incrVersion` and `decrVersion` for a key without an entry (Django's ValueError).
 */
export class MissingCacheKeyError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_MISSING_KEY';
  /** The caller's key, without prefix and version. */
  readonly key: string;
  /** Always `false`: nothing was changed in Redis. */
  readonly executed = false;

  static {
    this.prototype.name = 'MissingCacheKeyError';
  }

  constructor(key: string, options: SentinelCacheErrorOptions = {}) {
    const where = options.alias === undefined ? '' : `Cache '${options.alias}': `;
    super(
      MissingCacheKeyError.code,
      `${where}there is no entry with key '${printableKey(key)}'. Create it first, as with add().`,
      options,
    );
    this.key = key;
  }
}
