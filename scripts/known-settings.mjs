/**
 * What a Django team may have written into its settings. Data only: a row is a name, a value that Django would take, and what a reader
 * should know. Whether it is honoured, has no effect or is refused is no opinion of this file: scripts/settings-table.mjs asks the
 * library, and takes its reason or remedy for a note.
 *
 * - `note`    what to know of a setting that is honoured
 * - `means`   the setting is accepted and means something else here: what
 * - `way`     the way of writing a cache in which it is tried (WAYS); the first unless given
 * - `beside`  what has to stand beside it
 */

const DJANGO_REDIS = 'django_redis.cache.RedisCache';
export const SENTINELS = [['localhost', 26379]];

/** One cache in each way of writing it. The first is the dict of the README. */
export const WAYS = {
  'django-sentinel': {
    BACKEND: DJANGO_REDIS,
    LOCATION: 'mymaster/localhost:26379/0',
    OPTIONS: { CLIENT_CLASS: 'django_sentinel.SentinelClient', CONNECTION_POOL_KWARGS: {}, SENTINEL_KWARGS: {} },
  },
  'django-redis': { BACKEND: DJANGO_REDIS, LOCATION: 'redis://localhost:6379/0', OPTIONS: {} },
  'django-redis on Sentinel': {
    BACKEND: DJANGO_REDIS,
    LOCATION: 'redis://mymaster/0',
    OPTIONS: { CONNECTION_FACTORY: 'django_redis.pool.SentinelConnectionFactory', SENTINELS },
  },
  HerdClient: {
    BACKEND: DJANGO_REDIS,
    LOCATION: 'redis://localhost:6379/0',
    OPTIONS: { CLIENT_CLASS: 'django_redis.client.HerdClient' },
  },
  ShardClient: {
    BACKEND: DJANGO_REDIS,
    LOCATION: ['redis://localhost:6379/0', 'redis://localhost:6380/0'],
    OPTIONS: { CLIENT_CLASS: 'django_redis.client.ShardClient' },
  },
  'Redis Cluster': { BACKEND: DJANGO_REDIS, LOCATION: 'redis+cluster://localhost:6379', OPTIONS: {} },
  'Django core': { BACKEND: 'django.core.cache.backends.redis.RedisCache', LOCATION: 'redis://localhost:6379/0', OPTIONS: {} },
  redux: {
    BACKEND: 'django_redis_sentinel.cache.RedisSentinelCache',
    LOCATION: SENTINELS,
    OPTIONS: { SENTINEL_SERVICE_NAME: 'mymaster', REDIS_CLIENT_KWARGS: {} },
  },
  locmem: { BACKEND: 'django.core.cache.backends.locmem.LocMemCache', OPTIONS: {} },
  dummy: { BACKEND: 'django.core.cache.backends.dummy.DummyCache', OPTIONS: {} },
};

const SESSIONS = { SESSION_ENGINE: 'django.contrib.sessions.backends.cache' };

/** Beside CACHES. */
export const SETTINGS = [
  {
    name: 'CACHES',
    value: { default: WAYS['django-redis'] },
    note: 'read as Django reads it; without it one locmem cache, with a warning',
  },
  { name: 'CACHE_HERD_TIMEOUT', value: 60, note: 'seconds; read by caches with HerdClient' },
  { name: 'CACHE_MIDDLEWARE_ALIAS', value: 'default' },
  { name: 'CACHE_MIDDLEWARE_SECONDS', value: 600 },
  { name: 'CACHE_MIDDLEWARE_KEY_PREFIX', value: 'site' },
  {
    name: 'DJANGO_REDIS_CONNECTION_FACTORY',
    value: 'django_redis.pool.ConnectionFactory',
    note: 'for caches without one of their own',
  },
  {
    name: 'DJANGO_REDIS_IGNORE_EXCEPTIONS',
    value: true,
    note: 'covers every method; in Django ttl, touch, expire and others still raise',
  },
  {
    name: 'DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS',
    value: true,
    note: 'ten lines a minute for each operation, then how many more; as errors',
  },
  { name: 'DJANGO_REDIS_LOGGER', value: 'django_redis' },
  { name: 'DJANGO_REDIS_SCAN_ITERSIZE', value: 10, note: '500 unless given, at most 1 000 000; 10 in django-redis' },
  { name: 'DJANGO_REDIS_CLOSE_CONNECTION', value: true },
  { name: 'SECRET_KEY', value: 'a secret', note: 'signs sessions and login hashes as Django does' },
  {
    name: 'SECRET_KEY_FALLBACKS',
    value: ['an older secret'],
    beside: { SECRET_KEY: 'a secret' },
    note: 'read with, never written with',
  },
  {
    name: 'AUTHENTICATION_BACKENDS',
    value: ['django.contrib.auth.backends.ModelBackend'],
    note: 'a login of another backend is none',
  },
  {
    name: 'SESSION_ENGINE',
    value: 'django.contrib.sessions.backends.cache',
    note: 'omitted: no sessions, where Django has the database engine',
  },
  { name: 'SESSION_CACHE_ALIAS', value: 'default', beside: SESSIONS },
  { name: 'SESSION_COOKIE_NAME', value: 'sessionid', beside: SESSIONS },
  { name: 'SESSION_COOKIE_AGE', value: 1209600, beside: SESSIONS },
  { name: 'SESSION_COOKIE_DOMAIN', value: 'example.com', beside: SESSIONS },
  { name: 'SESSION_COOKIE_PATH', value: '/', beside: SESSIONS },
  { name: 'SESSION_COOKIE_SECURE', value: true, beside: SESSIONS },
  { name: 'SESSION_COOKIE_HTTPONLY', value: true, beside: SESSIONS },
  { name: 'SESSION_COOKIE_SAMESITE', value: 'Lax', beside: SESSIONS },
  { name: 'SESSION_SAVE_EVERY_REQUEST', value: false, beside: SESSIONS },
  { name: 'SESSION_EXPIRE_AT_BROWSER_CLOSE', value: false, beside: SESSIONS },
  { name: 'SESSION_FILE_PATH', value: '/tmp', beside: SESSIONS, note: 'read by the file engine' },
  {
    name: 'SESSION_SERIALIZER',
    value: 'django.contrib.sessions.serializers.JSONSerializer',
    beside: SESSIONS,
    note: 'JSON only; the cache engine writes with the SERIALIZER of its cache, as in Django',
  },
  { name: 'SESSION_OUTAGE', value: 'error', beside: SESSIONS, note: 'ours: what a request meets when the sessions are away' },
  { name: 'SESSION_ENCRYPTION', value: false, beside: SESSIONS, note: 'ours: seals sessions; Django could not read them' },
];

/** Keys of CACHES.<alias>. */
export const CACHE_KEYS = [
  { name: 'BACKEND', value: DJANGO_REDIS, note: 'see the names of classes below' },
  { name: 'LOCATION', value: 'mymaster/localhost:26379/0', note: 'as the CLIENT_CLASS spells it; for locmem a name' },
  { name: 'TIMEOUT', value: 300, note: "seconds, `null` for ever (None); also `'5m'`" },
  { name: 'timeout', value: 300, note: 'wins over TIMEOUT, as in Django' },
  { name: 'KEY_PREFIX', value: 'shop' },
  { name: 'VERSION', value: 1 },
  {
    name: 'KEY_FUNCTION',
    value: 'django.core.cache.backends.base.default_key_func',
    means: "Django's own by its path, your own as a TypeScript function: it has to make the same keys on both sides",
  },
  { name: 'REVERSE_KEY_FUNCTION', value: 'django_redis.util.default_reverse_key', means: 'as KEY_FUNCTION' },
  { name: 'MAX_ENTRIES', value: 300 },
  { name: 'max_entries', value: 300 },
  { name: 'CULL_FREQUENCY', value: 3 },
  { name: 'cull_frequency', value: 3 },
  { name: 'OPTIONS', value: { CLIENT_CLASS: 'django_sentinel.SentinelClient' }, note: 'below' },
];

/** OPTIONS of django-redis, django-sentinel and redux, and ours. */
export const OPTIONS = [
  { name: 'CLIENT_CLASS', value: 'django_sentinel.SentinelClient', note: 'see the names of classes below' },
  {
    name: 'CONNECTION_FACTORY',
    value: 'django_redis.pool.ConnectionFactory',
    way: 'django-redis',
    note: 'whether LOCATION names a server or a Sentinel service',
  },
  { name: 'CONNECTION_POOL_CLASS', value: 'redis.connection.BlockingConnectionPool', way: 'django-redis' },
  { name: 'CONNECTION_POOL_KWARGS', value: { max_connections: 100 }, note: 'see the connection arguments below' },
  { name: 'PARSER_CLASS', value: 'redis.connection.HiredisParser' },
  { name: 'REDIS_CLIENT_CLASS', value: 'redis.client.StrictRedis' },
  { name: 'REDIS_CLIENT_KWARGS', value: { retry_on_timeout: true } },
  { name: 'PASSWORD', value: 'admin', note: 'for data nodes, never for sentinels; a password in the URL wins' },
  {
    name: 'SOCKET_TIMEOUT',
    value: 5,
    means: 'seconds; bounds the whole call, the wait in the queue included. Without it 500 ms (django-redis 5: for ever)',
  },
  { name: 'SOCKET_CONNECT_TIMEOUT', value: 5, note: 'seconds; bounds a connect' },
  { name: 'SENTINELS', value: SENTINELS, way: 'django-redis on Sentinel', note: 'with the sentinel factory' },
  {
    name: 'SENTINEL_KWARGS',
    value: {},
    note: 'credentials, TLS and patience towards sentinels; nothing is inherited. Read in every way to Sentinel, django-sentinel included',
  },
  { name: 'SENTINEL_TIMEOUT', value: 1, note: 'seconds for one question to one sentinel; 0.3 unless given (django-sentinel: 1)' },
  { name: 'SENTINEL_SERVICE_NAME', value: 'mymaster', way: 'redux', note: 'redux: the name of the master' },
  { name: 'SERIALIZER', value: 'django_redis.serializers.json.JSONSerializer', note: 'see the names of classes below' },
  { name: 'PICKLE_VERSION', value: 4, note: '2 to 5, -1 for the highest; every version is read' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.zlib.ZlibCompressor', note: 'see the names of classes below' },
  { name: 'IGNORE_EXCEPTIONS', value: true, note: 'for this cache' },
  { name: 'LOG_IGNORED_EXCEPTIONS', value: true, note: 'for this cache' },
  { name: 'REPLICA_READ_ONLY', value: false, showsValue: true, note: 'true is what happens anyway' },
  { name: 'CLOSE_CONNECTION', value: true },
  { name: 'MAX_ENTRIES', value: 300 },
  { name: 'CULL_FREQUENCY', value: 3 },
  { name: 'deadline', value: '500ms', note: 'ours: bounds every call' },
  { name: 'gate', value: {}, note: 'ours: bounds of the queue' },
  { name: 'coalesce', value: false, note: 'ours: reads of one turn are asked together' },
  { name: 'tags', value: true, note: 'ours: entries that one call ends; [Django sees the bytes alone](tags.md#with-django)' },
  { name: 'circuitBreaker', value: true, note: 'ours: which calls fail at once while Redis is away' },
  { name: 'maxValueBytes', value: 1000, note: 'ours: the largest value' },
  { name: 'maxDecodedBytes', value: 1000, note: 'ours: the memory that reading one value may take' },
  { name: 'natMap', value: {}, note: 'ours: from the addresses that sentinels name to those this host reaches' },
  { name: 'eagerFailover', value: false, note: 'ours: planned failovers without a second of loss' },
  { name: 'clientName', value: 'shop', note: 'ours: CLIENT SETNAME' },
  { name: 'nearCache', value: {}, note: 'ours: keeps what was read, until Redis says that it has changed' },
];

/** Dotted paths, where a setting takes one. */
export const CLASSES = [
  { name: 'BACKEND', value: DJANGO_REDIS },
  { name: 'BACKEND', value: 'django.core.cache.backends.redis.RedisCache', way: 'Django core' },
  { name: 'BACKEND', value: 'django_redis_sentinel.cache.RedisSentinelCache', way: 'redux' },
  { name: 'BACKEND', value: 'django.core.cache.backends.locmem.LocMemCache', way: 'locmem' },
  { name: 'BACKEND', value: 'django.core.cache.backends.dummy.DummyCache', way: 'dummy' },
  { name: 'BACKEND', value: 'django.core.cache.backends.db.DatabaseCache' },
  { name: 'BACKEND', value: 'django.core.cache.backends.filebased.FileBasedCache' },
  { name: 'BACKEND', value: 'django.core.cache.backends.memcached.PyMemcacheCache' },
  { name: 'CLIENT_CLASS', value: 'django_sentinel.SentinelClient' },
  { name: 'CLIENT_CLASS', value: 'django_redis.client.DefaultClient', way: 'django-redis' },
  { name: 'CLIENT_CLASS', value: 'django_redis.client.SentinelClient', way: 'django-redis on Sentinel' },
  {
    name: 'CLIENT_CLASS',
    value: 'django_redis.client.HerdClient',
    way: 'HerdClient',
    note: 'stale entries are served while one reader makes them new',
  },
  {
    name: 'CLIENT_CLASS',
    value: 'django_redis.client.ShardClient',
    way: 'ShardClient',
    note: 'the same ring and tags: both pick the same node',
  },
  {
    name: 'SERIALIZER',
    value: 'django_redis.serializers.pickle.PickleSerializer',
    note: 'classes that are on no fixed list are refused, never executed',
  },
  { name: 'SERIALIZER', value: 'django_redis.serializers.json.JSONSerializer' },
  { name: 'SERIALIZER', value: 'django_redis.serializers.msgpack.MSGPackSerializer' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.identity.IdentityCompressor' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.zlib.ZlibCompressor' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.gzip.GzipCompressor' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.lzma.LzmaCompressor' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.lz4.Lz4Compressor' },
  { name: 'COMPRESSOR', value: 'django_redis.compressors.zstd.ZStdCompressor' },
];
