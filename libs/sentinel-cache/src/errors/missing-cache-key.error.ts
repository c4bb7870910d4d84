import { printableKey } from './printable.js';
import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** `incr`, `decr`, `incrVersion` or `decrVersion` of a key that is not there (Django's ValueError). */
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
    const where = options.alias === undefined ? 'Cache' : `Cache ${options.alias}`;
    super(MissingCacheKeyError.code, `${where}: key '${printableKey(key)}' not found.`, options);
    this.key = key;
  }
}
