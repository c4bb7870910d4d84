import { DEFAULT_MAX_DECODED_BYTES } from '../../codec/budget/decode-budget.js';

/**
 * The defaults of all settings: Django's own where Django has one, each other with its reason. Names tell the
 * units.
 */
export const DEFAULTS = Object.freeze({
  /** Django: what CACHES is when a project does not set it. */
  CACHES: Object.freeze({ default: Object.freeze({ BACKEND: 'django.core.cache.backends.locmem.LocMemCache' }) }),
  /** Django's TIMEOUT: 300 seconds. */
  lifetimeMs: 300_000,
  /** Django. */
  keyPrefix: '',
  /** Django. */
  version: '1',
  /** Django: the name of locmem's store. */
  locmemLocation: '',
  /** Django. */
  maxEntries: 300,
  /** Django. */
  cullFrequency: 3,
  /** django-redis. */
  serializer: 'pickle',
  /** Protocol that Python 3.8 to 3.13 write by default and each Python since 3.4 reads. */
  pickleVersion: 4,
  /** Django core on Redis pickles with the highest protocol. */
  corePickleVersion: 5,
  /** django-redis. */
  ignoreExceptions: false,
  /** django-redis. */
  logIgnoredExceptions: false,
  /** django-redis. */
  connectionFactory: 'plain',
  /** django-redis' CACHE_HERD_TIMEOUT: 60 seconds. */
  herdMs: 60_000,
  /**
   * Keys per round trip of SCAN (django-redis: 10). 500 take Redis less than a millisecond and need a
   * fiftieth of the round trips.
   */
  scanCount: 500,

  /** Django. */
  pagesAlias: 'default',
  /** Django. */
  pagesKeyPrefix: '',
  /** Django's CACHE_MIDDLEWARE_SECONDS: 600. */
  pagesLifetimeMs: 600_000,

  /** Django. */
  sessionCacheAlias: 'default',
  /** Django. */
  sessionCookieName: 'sessionid',
  /** Django: two weeks. */
  sessionCookieAgeSeconds: 1_209_600,
  /** Django. */
  sessionCookiePath: '/',
  /** Django. */
  sessionCookieSecure: false,
  /** Django. */
  sessionCookieHttpOnly: true,
  /** Django. */
  sessionCookieSameSite: 'Lax',
  /** Django. */
  sessionSaveEveryRequest: false,
  /** Django. */
  sessionExpireAtBrowserClose: false,
  /** Django answers an outage with an error, too. */
  sessionOutage: 'error',
  /** Django seals no session. */
  sessionEncrypted: false,
  /** Django. */
  authenticationBackends: Object.freeze(['django.contrib.auth.backends.ModelBackend']) as readonly string[],

  /** redis-py. */
  host: 'localhost',
  /** redis-py. */
  port: 6379,
  /** redis-py. */
  database: 0,
  /**
   * Short enough for a request to survive, long enough for a failover that is decided already (redis-py: no
   * deadline).
   */
  callDeadlineMs: 500,
  /**
   * Connecting within a network takes a few milliseconds, with TLS some tens. Less than callDeadlineMs, so
   * that a call learns why it failed.
   */
  connectDeadlineMs: 400,
  /**
   * All sentinels are asked at once; a slow one leaves time for the call within its deadline
   * (django-sentinel: 1 s).
   */
  sentinelDeadlineMs: 300,
  /** redis-py 8. Commands are pipelined, so that one or two are open. */
  maxSocketsPerNode: 100,
  /** redis-py. */
  minOtherSentinels: 0,
  /** A failover that is aborted takes back what was written meanwhile. */
  eagerFailover: false,
  /**
   * One lost call can be an accident. In an outage the second follows within milliseconds (docs/failover.md).
   */
  breakerFailures: 2,
  /** Redis' own bound (proto-max-bulk-len): it answers a larger value by closing the shared connection. */
  maxValueBytes: 512 * 1024 * 1024,
  /**
   * Largest size a value may inflate to. 32 MiB of zeros compress to 30 KB and inflate in 50 ms: more would
   * let a tiny entry exhaust memory.
   */
  maxPlainBytes: 32 * 1024 * 1024,
  /** Rows of 20 MB take less, and a process of 512 MB survives it. */
  maxDecodedBytes: DEFAULT_MAX_DECODED_BYTES,
  /** Nobody can tell the difference but by the time it takes. */
  coalesce: true,
  /** Who does not use them should not pay for them. */
  tags: false,
  /**
   * The bytes that a process of 512 MB has to spare. Half a minute: the longest time for which a server that
   * was cut off and forgotten could be believed.
   */
  nearCache: Object.freeze({ maxBytes: 64 * 1024 * 1024, maxAgeMs: 30_000 }),
  /** redis-py names no connection. */
  clientName: '',
  /**
   * Queued: the calls of a busy process during a second without a primary, and not its memory. In flight: ten
   * times as many calls, since replies come at once; bytes are bounded for few large values.
   */
  gate: Object.freeze({
    queuedCommands: 1000,
    queuedBytes: 4 * 1024 * 1024,
    inFlightCommands: 10_000,
    inFlightBytes: 64 * 1024 * 1024,
  }),
  /** redis-py: ssl_cert_reqs 'required', which includes the host name since redis-py 6. */
  tlsRejectUnauthorized: true,
  /** TLS 1.0 and 1.1 are deprecated (RFC 8996). */
  tlsMinVersion: 'TLSv1.2',
} as const);
