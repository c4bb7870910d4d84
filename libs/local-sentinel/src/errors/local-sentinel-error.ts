/** Stable codes of the errors of this package; assert on these, never on the text. */
export type LocalSentinelErrorCode =
  | 'LOCAL_SENTINEL_BINARY_MISSING'
  | 'LOCAL_SENTINEL_START_FAILED'
  | 'LOCAL_SENTINEL_NOT_SETTLED'
  | 'LOCAL_SENTINEL_DEADLINE'
  | 'LOCAL_SENTINEL_AUTH_REFUSED'
  | 'LOCAL_SENTINEL_INVALID_OPTION'
  | 'LOCAL_SENTINEL_NODE_DOWN'
  | 'LOCAL_SENTINEL_STOPPED'
  | 'LOCAL_SENTINEL_OPENSSL_FAILED';

/**
 * Base of every error that this package raises by itself; a reply such as `-WRONGTYPE` stays the error that
 * ioredis made of it.
 */
export class LocalSentinelError extends Error {
  /** Stable code of this failure. */
  readonly code: LocalSentinelErrorCode;

  constructor(code: LocalSentinelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}
