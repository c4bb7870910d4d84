import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import type { CompressorModule } from '../../codec/compressor-registry.js';
import type { Compressor } from '../../codec/ports/compressor.js';
import type { Serializer } from '../../codec/ports/serializer.js';
import type { NatMap } from './resolved-settings.js';

/**
 * Django's settings as one object, or its CACHES dict alone.
 *
 * The types help in an editor and accept a pasted dict. What they accept and the package does not, `resolveSettings` reports at boot,
 * all problems at once.
 */
export type DjangoSettings = DjangoSettingsModule | CachesSetting;

/** Django's settings module as an object: the same names, meanings and defaults. */
export interface DjangoSettingsModule {
  /** The caches by alias. Default: one locmem cache named `default`. */
  readonly CACHES?: CachesSetting;

  /**
   * How all caches of django-redis read LOCATION: `django_redis.pool.ConnectionFactory` (a server, the default) or
   * `django_redis.pool.SentinelConnectionFactory` (a sentinel service). OPTIONS.CONNECTION_FACTORY of a cache wins.
   */
  readonly DJANGO_REDIS_CONNECTION_FACTORY?: string;
  /** IGNORE_EXCEPTIONS of all caches that do not set their own. Default: false. */
  readonly DJANGO_REDIS_IGNORE_EXCEPTIONS?: boolean;
  /** LOG_IGNORED_EXCEPTIONS of all caches that do not set their own. Default: false. */
  readonly DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS?: boolean;
  /** Accepted with a warning and without effect: messages go to Nest's logger, or to `onEvent`. */
  readonly DJANGO_REDIS_LOGGER?: string;
  /** COUNT of SCAN where the keys of a cache are searched: keys per round trip, at least 1. Default: 500 (django-redis: 10). */
  readonly DJANGO_REDIS_SCAN_ITERSIZE?: number;
  /** Accepted with a warning and without effect: connections are closed with the caches. */
  readonly DJANGO_REDIS_CLOSE_CONNECTION?: boolean;
  /** How long HerdClient keeps an entry past its soft end, in whole seconds, 0 to 31536000. Default: 60. */
  readonly CACHE_HERD_TIMEOUT?: number;

  /**
   * Where sessions are stored: `django.contrib.sessions.backends.cache`, `.cached_db`, `.db`, `.file` or `.signed_cookies`, or the
   * last word alone. Left out: no sessions (Django: the database).
   */
  readonly SESSION_ENGINE?: string;
  /** The alias in CACHES that the engines `cache` and `cached_db` use. Default: `default`. */
  readonly SESSION_CACHE_ALIAS?: string;
  /** Name of the session cookie. Default: `sessionid`. */
  readonly SESSION_COOKIE_NAME?: string;
  /** Lifetime of a session and its cookie in seconds, 1 to 100000000000. Default: 1209600 (two weeks). */
  readonly SESSION_COOKIE_AGE?: number;
  /** Domain of the session cookie. Default: null, the host that answers. */
  readonly SESSION_COOKIE_DOMAIN?: string | null;
  /** Path of the session cookie. Default: `/`. */
  readonly SESSION_COOKIE_PATH?: string;
  /** Whether browsers send the session cookie over HTTPS alone. Default: false. */
  readonly SESSION_COOKIE_SECURE?: boolean;
  /** Whether the session cookie is hidden from scripts. Default: true. */
  readonly SESSION_COOKIE_HTTPONLY?: boolean;
  /** `Lax`, `Strict`, `None`, or false for no attribute. Default: `Lax`. */
  readonly SESSION_COOKIE_SAMESITE?: string | false;
  /** Whether each request saves its session, so that its expiry moves on. Default: false, only a request that changed it. */
  readonly SESSION_SAVE_EVERY_REQUEST?: boolean;
  /** Whether the session cookie ends with the browser. Default: false, after SESSION_COOKIE_AGE. */
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE?: boolean;
  /** Folder of the engine `file`. Default: null, the system's folder for temporary files. */
  readonly SESSION_FILE_PATH?: string | null;
  /**
   * Only `django.contrib.sessions.serializers.JSONSerializer` (the default), or `json`. The engine `cache` uses the SERIALIZER of its
   * cache instead.
   */
  readonly SESSION_SERIALIZER?: string;
  /** Not in Django. What reading a session does in an outage: `error` answers 503, `anonymous` goes on without one. Default: `error`. */
  readonly SESSION_OUTAGE?: 'error' | 'anonymous';
  /** Not in Django. Seals sessions of the engine `cache` with SECRET_KEY; Django can't read them then. Default: false. */
  readonly SESSION_ENCRYPTION?: boolean;
  /** Django's SECRET_KEY: signs sessions and logins. Required by each engine but `cache`, and by SESSION_ENCRYPTION and logins. */
  readonly SECRET_KEY?: string;
  /** Former secret keys: what they signed is still read. Default: none. */
  readonly SECRET_KEY_FALLBACKS?: readonly string[];
  /** Backends whose logins count. Default: `['django.contrib.auth.backends.ModelBackend']`. */
  readonly AUTHENTICATION_BACKENDS?: readonly string[];
}

/** Django's CACHES: caches by alias, one of them named `default`. */
export interface CachesSetting {
  readonly [alias: string]: CacheSetting;
}

/** One cache of CACHES. */
export interface CacheSetting {
  /** Django's dotted path, or `redis`, `locmem`, `dummy`. Required. */
  readonly BACKEND: string;
  /**
   * Where the cache is:
   *
   * - `mymaster/host:26379,host:26379/0` (django-sentinel)
   * - `redis://host:6379/0`, `rediss://...`, `unix://...`, one or several (django-redis, Django core)
   * - `redis+cluster://host:6379,host:6379` (Redis Cluster)
   * - a list of sentinels (redux)
   * - the name of a store in this process (locmem; default: an empty name)
   */
  readonly LOCATION?: string | readonly unknown[] | ReadonlySet<unknown>;
  /** Lifetime of entries that are set without one: seconds, null for ever, or a number with its unit (`15m`). Default: 300. */
  readonly TIMEOUT?: number | string | null;
  /** The same as TIMEOUT, and wins over it, as in Django. */
  readonly timeout?: number | string | null;
  /** First part of each stored key. Default: an empty string. */
  readonly KEY_PREFIX?: string;
  /** Second part of each stored key, where a call names no version. Default: 1. */
  readonly VERSION?: number | string | bigint | boolean;
  /** Makes a stored key of key, prefix and version: a function, or Django's dotted path. Default: `prefix:version:key`. */
  readonly KEY_FUNCTION?: KeyFunction | string | null;
  /** Gets the key back from a stored key: a function, or django-redis' dotted path. Default: what follows the second colon. */
  readonly REVERSE_KEY_FUNCTION?: ReverseKeyFunction | string | null;
  /** Most entries of a locmem store, at least 1. Default: 300. On Redis: accepted with a warning and without effect. */
  readonly MAX_ENTRIES?: number | string;
  /** The same as MAX_ENTRIES, and wins over it, as in Django. */
  readonly max_entries?: number | string;
  /**
   * A full locmem store drops 1/CULL_FREQUENCY of its entries; 0: all of them. Default: 3. On Redis: accepted with a warning and
   * without effect.
   */
  readonly CULL_FREQUENCY?: number | string;
  /** The same as CULL_FREQUENCY, and wins over it, as in Django. */
  readonly cull_frequency?: number | string;
  /** Options of the backend. Default: none. */
  readonly OPTIONS?: CacheOptionsSetting;
}

/**
 * OPTIONS of django-redis and of the sentinel packages in upper case, and those that only this package has in camelCase. Django core's
 * backend takes redis-py's arguments here (`ConnectionKwargsSetting`).
 */
export interface CacheOptionsSetting {
  /**
   * The client, by its dotted path or a short name: `django_redis.client.DefaultClient` (the default), `.SentinelClient`,
   * `.HerdClient`, `.ShardClient`, or `django_sentinel.SentinelClient`.
   */
  readonly CLIENT_CLASS?: string;
  /** As DJANGO_REDIS_CONNECTION_FACTORY, for this cache. Default: that of all caches. */
  readonly CONNECTION_FACTORY?: string | null;
  /** `redis.sentinel.SentinelConnectionPool` says that LOCATION names a sentinel service. Others: a warning, and no effect. */
  readonly CONNECTION_POOL_CLASS?: string;
  /** redis-py's arguments of the connections to data nodes. They win over PASSWORD, SOCKET_TIMEOUT and SOCKET_CONNECT_TIMEOUT. */
  readonly CONNECTION_POOL_KWARGS?: ConnectionKwargsSetting;
  /** Password of the data nodes. Default: none. */
  readonly PASSWORD?: string | null;
  /** Bounds each call, in seconds; `deadline` under Django's name. 0 and null count as not given. */
  readonly SOCKET_TIMEOUT?: number | null;
  /** Bounds each connection attempt, in seconds. 0 and null count as not given. Default: 0.4. */
  readonly SOCKET_CONNECT_TIMEOUT?: number | null;
  /** Addresses of the sentinels: `[['host', 26379]]` or `['host:26379']` (django-redis with a sentinel factory). */
  readonly SENTINELS?: readonly unknown[] | ReadonlySet<unknown>;
  /**
   * redis-py's arguments of the connections to the sentinels: credentials, timeouts, TLS. Default: the timeouts of the data nodes, no
   * password and no TLS.
   */
  readonly SENTINEL_KWARGS?: ConnectionKwargsSetting | null;
  /** Bounds each question to a sentinel, in seconds (django-sentinel). Default: 0.3. */
  readonly SENTINEL_TIMEOUT?: number | null;
  /** Name of the master (redux). */
  readonly SENTINEL_SERVICE_NAME?: string;
  /** How values become bytes. Default: `pickle`. */
  readonly SERIALIZER?: SerializerSetting;
  /** SERIALIZER under the name that Django core gives it. */
  readonly serializer?: SerializerSetting;
  /** Protocol that pickle writes: 2 to 5, or -1 for the highest. Default: 4. */
  readonly PICKLE_VERSION?: number | string;
  /** How bytes are compressed. Default: not at all. */
  readonly COMPRESSOR?: CompressorSetting;
  /** Whether an outage reads as a miss and drops writes instead of rejecting. Default: DJANGO_REDIS_IGNORE_EXCEPTIONS. */
  readonly IGNORE_EXCEPTIONS?: boolean;
  /** Whether ignored errors are logged, ten lines a minute for each operation. Default: DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS. */
  readonly LOG_IGNORED_EXCEPTIONS?: boolean;
  /** Only true: false would write to a replica when the primary fails, and lose the write. */
  readonly REPLICA_READ_ONLY?: boolean;

  /** Bounds each call, queueing included: milliseconds, or `500ms`, `2s`. Default: 500 ms. SOCKET_TIMEOUT replaces it. */
  readonly deadline?: number | string;
  /** Bounds what may wait for a connection and for replies. Beyond both bounds a call is rejected at once. */
  readonly gate?: {
    /** Calls that may wait for a connection, at least 1. Default: 1000. */
    readonly queuedCommands?: number;
    /** Bytes of the calls that may wait for a connection, at least 1. Default: 4 MiB. */
    readonly queuedBytes?: number;
    /** Calls that may wait for their replies, at least 1. Default: 10000. */
    readonly inFlightCommands?: number;
    /** Bytes of the calls that may wait for their replies, at least 1. Default: 64 MiB. */
    readonly inFlightBytes?: number;
  };
  /**
   * Which calls are rejected at once while Redis is away, instead of waiting for their deadline. Left out: those of a cache with
   * IGNORE_EXCEPTIONS. true: every call of this cache. false: none. `failures`: failures in a row that open the circuit breaker, at
   * least 1, default 2. `failFast`: as true and false.
   */
  readonly circuitBreaker?: boolean | { readonly failures?: number; readonly failFast?: boolean };
  /**
   * Largest stored value in bytes, at least 1: a larger one is refused before it is sent. Default: 512 MiB, Redis' own bound. With a
   * COMPRESSOR it also bounds the value before compression and after decompression; default for that: 32 MiB.
   */
  readonly maxValueBytes?: number;
  /**
   * Memory that reading one value may take, in bytes, counted from what is stored: a value that would take more is a CodecError. Default:
   * 256 MiB.
   */
  readonly maxDecodedBytes?: number;
  /** Name of the connections in CLIENT LIST: visible ASCII without spaces. Default: none. */
  readonly clientName?: string | null;
  /**
   * Translates addresses that sentinels or cluster nodes name and this host can't reach: `{ '10.0.0.5:6379': { host, port } }`, or a
   * function. Default: no translation.
   */
  readonly natMap?: NatMap;
  /**
   * Follows a planned failover as soon as the new primary is one, a second before it is announced. A failover that is aborted then
   * takes back what was written meanwhile. Default: false.
   */
  readonly eagerFailover?: boolean;

  readonly [name: string]: unknown;
}

/** redis-py's arguments of a connection. null counts as not given. */
export interface ConnectionKwargsSetting {
  /** Number of the database. Default: 0. The path of a LOCATION wins. */
  readonly db?: number;
  /** User name. Default: none, which is Redis' user `default`. */
  readonly username?: string | null;
  /** Password. Default: none. */
  readonly password?: string | null;
  /** Most sockets to one node, at least 1. Default: 100; commands are pipelined, so that one or two are open. */
  readonly max_connections?: number | null;
  /** As OPTIONS.SOCKET_TIMEOUT; for sentinels it bounds each question. Seconds. */
  readonly socket_timeout?: number | null;
  /** As OPTIONS.SOCKET_CONNECT_TIMEOUT. Seconds. */
  readonly socket_connect_timeout?: number | null;
  /** As OPTIONS.clientName, which wins over it. */
  readonly client_name?: string | null;
  /** How many other sentinels a sentinel must know for its answer to count. Default: 0. */
  readonly min_other_sentinels?: number;
  /** Whether TLS is on. Default: false, and true where LOCATION is `rediss://`. */
  readonly ssl?: boolean;
  /** Path of a PEM file with the certificate authorities to trust, read at boot. Default: those of Node. */
  readonly ssl_ca_certs?: string | null;
  /** The certificate authorities to trust, as PEM text. */
  readonly ssl_ca_data?: string;
  /** Path of a PEM file with the client's certificate, read at boot. Its key may be in it. Default: none. */
  readonly ssl_certfile?: string | null;
  /** Path of a PEM file with the key of the client's certificate, read at boot. Default: none. */
  readonly ssl_keyfile?: string | null;
  /** Passphrase of the key. Default: none. */
  readonly ssl_password?: string | null;
  /** Whether the server's certificate is checked: `required` (the default), `optional`, `none`, or Python's `ssl.CERT_...`. */
  readonly ssl_cert_reqs?: string | number | null;
  /** Whether the server's certificate must name the host. Default: true where the certificate is checked. */
  readonly ssl_check_hostname?: boolean;
  /** Oldest TLS version: `TLSv1.2` (the default), `TLSv1.3`, or Python's `ssl.TLSVersion`. */
  readonly ssl_min_version?: string | number | null;
  /** Not in redis-py. The host name in the server's certificate. Default: the host of the connection. */
  readonly tlsServername?: string;

  readonly [name: string]: unknown;
}

/**
 * How values become bytes: Django's dotted path, `pickle`, `json` or `msgpack`, or an implementation of your own: an object with `dumps`
 * and `loads`, or a class of such objects.
 */
export type SerializerSetting = string | Serializer | (new () => Serializer);

/**
 * How bytes are compressed: Django's dotted path, or `identity`, `zlib`, `gzip`, `lzma`, `lz4` or `zstd`; the module of the package that
 * one of them needs (lz4-napi, lzma-native, @foxglove/wasm-zstd); or an implementation of your own: an object with `compress` and
 * `decompress`, or a class of such objects.
 */
export type CompressorSetting = string | Compressor | (new () => Compressor) | CompressorModule;
