import { DEFAULT_MAX_DECODED_BYTES } from '../../codec/budget/decode-budget.js';

/**
 * Every value that stands for a setting the user left out; nobody else says `??`.
 * Django's own defaults where Django has one, each other with its reason.
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
  /** Django: locmem's name of its store. */
  locmemLocation: '',
  /** Django. */
  maxEntries: 300,
  /** Django. */
  cullFrequency: 3,
  /** django-redis. */
  serializer: 'pickle',
  /** Python 3.8 to 3.13 write protocol 4 by default, and every Python since 3.4 reads it. */
  pickleVersion: 4,
  /** Django core on Redis always pickles with the highest protocol. */
  corePickleVersion: 5,
  /** django-redis. */
  ignoreExceptions: false,
  /** django-redis. */
  logIgnoredExceptions: false,
  /** django-redis' CACHE_HERD_TIMEOUT: 60 seconds. */
  herdMs: 60_000,
  /** django-redis asks for 10 keys a round trip; 500 cost Redis well under a millisecond, and a fiftieth of the round trips. */
  scanCount: 500,

  /** Django: two weeks. */
  sessionCookieAgeSeconds: 1_209_600,
  /** Django. */
  authenticationBackends: Object.freeze(['django.contrib.auth.backends.ModelBackend']) as readonly string[],

  /** redis-py. */
  host: 'localhost',
  /** redis-py. */
  port: 6379,
  /** redis-py. */
  database: 0,
  /** Short enough that a request survives it, long enough for a fail-over that is decided already (redis-py: for ever). */
  callDeadlineMs: 500,
  /** A connect on one's own network takes a few milliseconds, with TLS some tens. Less than a call waits, so that the call learns why. */
  connectDeadlineMs: 400,
  /** All sentinels are asked at once; a slow one leaves room for the call in the same deadline (django-sentinel: 1 s). */
  sentinelDeadlineMs: 300,
  /** redis-py 8; commands are pipelined, so one or two are open in practice. */
  maxSocketsPerNode: 100,
  /** redis-py. */
  minOtherSentinels: 0,
  /** A failover that is aborted takes back what was written meanwhile: only who asks for it gets that. */
  eagerFailover: false,
  /** One lost call can be an accident; with a call or an attempt every few milliseconds the second comes at once (docs/failover.md). */
  breakerFailures: 2,
  /** Redis' own bound (proto-max-bulk-len): it answers a larger value by closing the connection that everybody shares. */
  maxValueBytes: 512 * 1024 * 1024,
  /** What a compressed value may hold: 30 KB can be made of it, and are inflated within 50 ms. */
  maxPlainBytes: 32 * 1024 * 1024,
  /** Rows of 20 MB take less, and a process of 512 MB survives it. */
  maxDecodedBytes: DEFAULT_MAX_DECODED_BYTES,
  /** redis-py names no connection. */
  clientName: '',
  /**
   * What may wait: a second of a busy process without a primary, not its memory.
   * What may be in flight: ten times that, since replies come in at once; bytes bounded where large values are few.
   */
  gate: Object.freeze({
    queuedCommands: 1000,
    queuedBytes: 4 * 1024 * 1024,
    inFlightCommands: 10_000,
    inFlightBytes: 64 * 1024 * 1024,
  }),
  /** redis-py: ssl_cert_reqs 'required'; the host name is checked with it, as redis-py does since 6. */
  tlsRejectUnauthorized: true,
  /** TLS 1.0 and 1.1 are deprecated (RFC 8996). */
  tlsMinVersion: 'TLSv1.2',
} as const);
