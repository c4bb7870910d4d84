import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** `incr`, `decr`, `incrVersion` or `decrVersion` of a key that is not there (Django's ValueError). */
export class MissingCacheKeyError extends SentinelCacheError {
  readonly key: string;
  readonly executed = false;

  constructor(key: string, options: SentinelCacheErrorOptions = {}) {
    super('SENTINEL_CACHE_MISSING_KEY', `Cache ${options.alias ?? ''}: key '${key}' not found.`.replace('  ', ' '), options);
    this.key = key;
  }
}
