import { LocalSentinelError } from './local-sentinel-error.js';

/** No server binary was found; the text names what was tried and what to install. */
export class RedisServerMissingError extends LocalSentinelError {
  constructor(tried: readonly string[], cause?: unknown) {
    super(
      'LOCAL_SENTINEL_BINARY_MISSING',
      `redis-server: expected a runnable Redis (6.2 or later) or Valkey server, got none (tried ${tried.join(', ')}). ` +
        'Install it (Debian and Ubuntu: apt-get install redis-tools, or redis-server; Homebrew: brew install redis), ' +
        'or name the file in the option redisServerBin or the environment variable REDIS_SERVER_BIN.',
      { cause },
    );
  }
}
