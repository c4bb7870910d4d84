/**
 * Settings that users have and this package does not act on. Data only:
 *
 * - `..._WITHOUT_EFFECT`: accepted with one warning; the text completes "is accepted and has no effect: ...".
 * - `..._ELSEWHERE`: known to another dialect, refused here; the text is the remedy.
 */

const POOL = 'connections are pipelined and shared here, bounded by max_connections';
const PYTHON_ONLY = 'it names a Python class';

/** Options of django-redis. */
export const OPTIONS_WITHOUT_EFFECT: Readonly<Record<string, string>> = Object.freeze({
  PARSER_CLASS: PYTHON_ONLY,
  REDIS_CLIENT_CLASS: PYTHON_ONLY,
  CLOSE_CONNECTION: 'connections are closed by caches.close(), never at the end of a request',
});

/** Read by redux alone. */
export const CLIENT_KWARGS_WITHOUT_EFFECT: Readonly<Record<string, string>> = Object.freeze({
  REDIS_CLIENT_KWARGS: 'redis-py takes the connection from the pool and ignores them; write CONNECTION_POOL_KWARGS',
});

/** Options of Django core. */
export const CORE_OPTIONS_WITHOUT_EFFECT: Readonly<Record<string, string>> = Object.freeze({
  pool_class: PYTHON_ONLY,
  parser_class: PYTHON_ONLY,
});

/** Bounds that each backend of Django reads; on Redis they have no effect. */
export const ENTRIES_WITHOUT_EFFECT = Object.freeze({
  max_entries: 'Redis bounds itself by maxmemory, as in Django',
  cull_frequency: 'Redis evicts by maxmemory-policy, as in Django',
  MAX_ENTRIES: 'Redis bounds itself by maxmemory, as in Django',
  CULL_FREQUENCY: 'Redis evicts by maxmemory-policy, as in Django',
});

/** redis-py's connection arguments. */
export const ARGUMENTS_WITHOUT_EFFECT: Readonly<Record<string, string>> = Object.freeze({
  socket_keepalive: 'TCP keep-alive is always on',
  socket_keepalive_options: 'TCP keep-alive is always on',
  socket_type: 'the address decides',
  socket_read_size: 'Node reads as much as there is',
  retry_on_timeout: 'reads are retried within the deadline, writes are handed over at most once',
  retry_on_error: 'reads are retried within the deadline, writes are handed over at most once',
  retry: 'reads are retried within the deadline, writes are handed over at most once',
  health_check_interval: 'a dead connection is found by the deadline of its commands',
  decode_responses: 'bytes become values through the serializer alone',
  encoding: 'keys are UTF-8',
  encoding_errors: 'keys are UTF-8',
  protocol: 'the protocol is negotiated',
  legacy_responses: 'the protocol is negotiated',
  timeout: POOL,
  use_lifo: POOL,
  single_connection_client: POOL,
  parser_class: PYTHON_ONLY,
  queue_class: PYTHON_ONLY,
  lib_name: 'CLIENT SETINFO would name a Python library',
  lib_version: 'CLIENT SETINFO would name a Python library',
  driver_info: 'CLIENT SETINFO would name a Python library',
});

/** redis-py's connection arguments that change security or addresses: never dropped with a mere warning. */
export const ARGUMENTS_REFUSED: Readonly<Record<string, string>> = Object.freeze({
  connection_class: 'Write ssl: true for TLS, a unix:// LOCATION for a socket.',
  connection_pool: 'Write the arguments themselves.',
  credential_provider: 'Write username and password.',
  redis_connect_func: 'Remove it.',
  host: 'Write the host into LOCATION.',
  port: 'Write the port into LOCATION.',
  path: 'Write unix:///path/to/socket as LOCATION.',
  ssl_ca_path: 'Name one file in ssl_ca_certs, or its text in ssl_ca_data.',
  ssl_ciphers: 'Remove it: the ciphers are those of Node.',
  ssl_validate_ocsp: 'Remove it: OCSP is not checked here.',
  ssl_validate_ocsp_stapled: 'Remove it: OCSP is not checked here.',
  ssl_ocsp_context: 'Remove it: OCSP is not checked here.',
  ssl_ocsp_expected_cert: 'Remove it: OCSP is not checked here.',
  ssl_include_verify_flags: 'Remove it: the verify flags are those of Node.',
  ssl_exclude_verify_flags: 'Remove it: the verify flags are those of Node.',
});

/** Options of ours on Redis, in a cache that is in this process anyway. */
export const LOCMEM_OPTIONS_WITHOUT_EFFECT: Readonly<Record<string, string>> = Object.freeze({
  nearCache: 'all entries of locmem are in this process',
});

/** Settings of django-redis beside CACHES. */
export const SETTINGS_WITHOUT_EFFECT: Readonly<Record<string, string>> = Object.freeze({
  DJANGO_REDIS_LOGGER: "messages go to Nest's logger",
  DJANGO_REDIS_CLOSE_CONNECTION: 'connections are closed by caches.close(), never at the end of a request',
});

/** Django's settings of sessions and logins, and ours beside them. */
export const SESSION_SETTINGS: readonly string[] = Object.freeze([
  'SESSION_ENGINE',
  'SESSION_CACHE_ALIAS',
  'SESSION_COOKIE_NAME',
  'SESSION_COOKIE_AGE',
  'SESSION_COOKIE_DOMAIN',
  'SESSION_COOKIE_PATH',
  'SESSION_COOKIE_SECURE',
  'SESSION_COOKIE_HTTPONLY',
  'SESSION_COOKIE_SAMESITE',
  'SESSION_SAVE_EVERY_REQUEST',
  'SESSION_EXPIRE_AT_BROWSER_CLOSE',
  'SESSION_FILE_PATH',
  'SESSION_SERIALIZER',
  'SESSION_OUTAGE',
  'SESSION_ENCRYPTION',
  'SECRET_KEY',
  'SECRET_KEY_FALLBACKS',
  'AUTHENTICATION_BACKENDS',
]);

const DJANGO_REDIS_ONLY = "Django core has no such option: write BACKEND 'django_redis.cache.RedisCache' for it.";

/** django-redis' options that have no lower-case twin in Django core. */
export const CORE_OPTIONS_ELSEWHERE: Readonly<Record<string, string>> = Object.freeze({
  CLIENT_CLASS: DJANGO_REDIS_ONLY,
  COMPRESSOR: DJANGO_REDIS_ONLY,
  CONNECTION_FACTORY: DJANGO_REDIS_ONLY,
  CONNECTION_POOL_CLASS: 'Write pool_class.',
  CONNECTION_POOL_KWARGS: 'Write what is in it straight into OPTIONS.',
  IGNORE_EXCEPTIONS: DJANGO_REDIS_ONLY,
  LOG_IGNORED_EXCEPTIONS: DJANGO_REDIS_ONLY,
  PICKLE_VERSION: DJANGO_REDIS_ONLY,
  REDIS_CLIENT_KWARGS: 'Write what is in it straight into OPTIONS.',
  SENTINELS: DJANGO_REDIS_ONLY,
  SENTINEL_KWARGS: DJANGO_REDIS_ONLY,
  SENTINEL_SERVICE_NAME: DJANGO_REDIS_ONLY,
  SENTINEL_TIMEOUT: DJANGO_REDIS_ONLY,
});

/** Options of one way to Sentinel, where another dialect meets them. */
export const SENTINEL_OPTIONS_ELSEWHERE: Readonly<Record<string, string>> = Object.freeze({
  SENTINELS:
    "Only django-redis' own sentinel support reads it: OPTIONS.CONNECTION_FACTORY 'django_redis.pool.SentinelConnectionFactory'.",
  SENTINEL_TIMEOUT:
    "Only CLIENT_CLASS 'django_sentinel.SentinelClient' reads it; elsewhere write SENTINEL_KWARGS: { socket_timeout: 0.3 }.",
  SENTINEL_SERVICE_NAME:
    "Only BACKEND 'django_redis_sentinel.cache.RedisSentinelCache' reads it; elsewhere LOCATION names the master.",
  SENTINEL_KWARGS: 'Nothing here speaks to a sentinel: remove it, or configure a sentinel CLIENT_CLASS.',
  natMap: 'Nothing here speaks to a sentinel: write the address that this host reaches into LOCATION.',
  eagerFailover: 'Nothing here speaks to a sentinel: remove it, or configure a sentinel CLIENT_CLASS.',
});
