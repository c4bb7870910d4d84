import { SentinelCacheError, type SentinelCacheErrorOptions } from './sentinel-cache.error.js';

/**
 * Stored bytes that can't be read, or a value that can't be written. Names alias and key, never the value.
 */
export class CodecError extends SentinelCacheError {
  static override readonly code: string = 'SENTINEL_CACHE_CODEC';
  /** The stored key, where one is known. */
  readonly key: string | undefined;
  /** Nothing was sent to Redis because of this error. */
  readonly executed = false;

  static {
    this.prototype.name = 'CodecError';
  }

  constructor(message: string, options: SentinelCacheErrorOptions & { key?: string | undefined } = {}) {
    super(CodecError.code, message, options);
    this.key = options.key;
  }
}
