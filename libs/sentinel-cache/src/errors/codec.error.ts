import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/** Stored bytes that can't be read, or a value that can't be written. Names alias and key, never the value. */
export class CodecError extends SentinelCacheError {
  /** The stored key, where one is known. */
  readonly key: string | undefined;
  /** Nothing was sent to Redis because of this error. */
  readonly executed = false;

  constructor(message: string, options: SentinelCacheErrorOptions & { key?: string | undefined } = {}) {
    super('SENTINEL_CACHE_CODEC', message, options);
    this.key = options.key;
  }
}
