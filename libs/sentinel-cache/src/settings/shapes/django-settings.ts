import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import type { CompressorModule } from '../../codec/compressor-registry.js';
import type { Compressor } from '../../codec/ports/compressor.js';
import type { Serializer } from '../../codec/ports/serializer.js';
import type { NatMap } from './resolved-settings.js';

/**
 * What a user may write: Django's settings as one object, or its CACHES dict alone.
 * The types help in an editor and let a pasted dict through; what they let through too much, resolveSettings tells at boot.
 */
export type DjangoSettings = DjangoSettingsModule | CachesSetting;

/** Django's settings module as an object: the same names, the same meaning, the same defaults. */
export interface DjangoSettingsModule {
  readonly CACHES?: CachesSetting;

  readonly DJANGO_REDIS_CONNECTION_FACTORY?: string;
  readonly DJANGO_REDIS_IGNORE_EXCEPTIONS?: boolean;
  readonly DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS?: boolean;
  readonly DJANGO_REDIS_LOGGER?: string;
  /** SCAN's COUNT in iterating calls. */
  readonly DJANGO_REDIS_SCAN_ITERSIZE?: number;
  readonly DJANGO_REDIS_CLOSE_CONNECTION?: boolean;
  /** Seconds. How long HerdClient keeps an entry past its soft end. Default 60. */
  readonly CACHE_HERD_TIMEOUT?: number;

  readonly SESSION_ENGINE?: string;
  readonly SESSION_CACHE_ALIAS?: string;
  readonly SESSION_COOKIE_NAME?: string;
  readonly SESSION_COOKIE_AGE?: number;
  readonly SESSION_COOKIE_DOMAIN?: string | null;
  readonly SESSION_COOKIE_PATH?: string;
  readonly SESSION_COOKIE_SECURE?: boolean;
  readonly SESSION_COOKIE_HTTPONLY?: boolean;
  readonly SESSION_COOKIE_SAMESITE?: string | false;
  readonly SESSION_SAVE_EVERY_REQUEST?: boolean;
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE?: boolean;
  readonly SESSION_FILE_PATH?: string | null;
  readonly SESSION_SERIALIZER?: string;
  /** Ours: what reading a session does in an outage: 503, or going on without one. Default `error`. */
  readonly SESSION_OUTAGE?: 'error' | 'anonymous';
  /** Ours: seal sessions with SECRET_KEY. Django can't read them then. Default false. */
  readonly SESSION_ENCRYPTION?: boolean;
  readonly SECRET_KEY?: string;
  readonly SECRET_KEY_FALLBACKS?: readonly string[];
  readonly AUTHENTICATION_BACKENDS?: readonly string[];
}

/** Django's CACHES: one of them is named `default`. */
export interface CachesSetting {
  readonly [alias: string]: CacheSetting;
}

/** One cache of CACHES. */
export interface CacheSetting {
  /** Django's dotted path, or `redis`, `locmem`, `dummy`. */
  readonly BACKEND: string;
  /**
   * Where: `mymaster/host:26379,host:26379/0` (django-sentinel), `redis://host:6379/0` or several (django-redis, Django core),
   * a list of sentinels (redux), a name (locmem).
   */
  readonly LOCATION?: string | readonly unknown[] | ReadonlySet<unknown>;
  /** Seconds, null for ever, or a number with its unit: `15m`. Default 300. */
  readonly TIMEOUT?: number | string | null;
  /** Wins over TIMEOUT, as in Django. */
  readonly timeout?: number | string | null;
  readonly KEY_PREFIX?: string;
  /** Default 1. */
  readonly VERSION?: number | string | bigint | boolean;
  readonly KEY_FUNCTION?: KeyFunction | string | null;
  readonly REVERSE_KEY_FUNCTION?: ReverseKeyFunction | string | null;
  readonly MAX_ENTRIES?: number | string;
  readonly max_entries?: number | string;
  readonly CULL_FREQUENCY?: number | string;
  readonly cull_frequency?: number | string;
  readonly OPTIONS?: CacheOptionsSetting;
}

/** OPTIONS of django-redis, of the sentinel packages, and our own in camelCase. Django core's are redis-py's. */
export interface CacheOptionsSetting {
  readonly CLIENT_CLASS?: string;
  readonly CONNECTION_FACTORY?: string | null;
  readonly CONNECTION_POOL_CLASS?: string;
  readonly CONNECTION_POOL_KWARGS?: ConnectionKwargsSetting;
  readonly PASSWORD?: string | null;
  /** Seconds. Bounds every call. */
  readonly SOCKET_TIMEOUT?: number | null;
  /** Seconds. Bounds a connect. */
  readonly SOCKET_CONNECT_TIMEOUT?: number | null;
  /** `[['host', 26379]]` or `['host:26379']`. */
  readonly SENTINELS?: readonly unknown[] | ReadonlySet<unknown>;
  readonly SENTINEL_KWARGS?: ConnectionKwargsSetting | null;
  /** Seconds (django-sentinel). */
  readonly SENTINEL_TIMEOUT?: number | null;
  /** The master's name (redux). */
  readonly SENTINEL_SERVICE_NAME?: string;
  readonly SERIALIZER?: SerializerSetting;
  readonly serializer?: SerializerSetting;
  /** 2 to 5, or -1 for the highest. */
  readonly PICKLE_VERSION?: number | string;
  /** Django's dotted path, `zlib`, `gzip`, `lzma`, `lz4`, `zstd`, the module that one needs, or one's own. Default: none. */
  readonly COMPRESSOR?: CompressorSetting;
  readonly IGNORE_EXCEPTIONS?: boolean;
  readonly LOG_IGNORED_EXCEPTIONS?: boolean;
  readonly REPLICA_READ_ONLY?: boolean;

  /** Bounds every call, queueing included: milliseconds, or `500ms`, `2s`. Default 500 ms. */
  readonly deadline?: number | string;
  /** What may wait for a connection, and for replies. */
  readonly gate?: {
    readonly queuedCommands?: number;
    readonly queuedBytes?: number;
    readonly inFlightCommands?: number;
    readonly inFlightBytes?: number;
  };
  /**
   * Who is told at once that Redis is away, without waiting for the deadline. Omitted: caches with IGNORE_EXCEPTIONS.
   * true: every call to this cache. false: nobody.
   */
  readonly circuitBreaker?: boolean | { readonly failures?: number; readonly failFast?: boolean };
  /**
   * A value of more stored bytes is refused before it is sent. Default 512 MiB, Redis' own bound.
   * With a COMPRESSOR it bounds the value before compression and after decompression too; default for that: 32 MiB.
   */
  readonly maxValueBytes?: number;
  /**
   * What reading one value may take, in bytes of memory: a value that stands for more is a CodecError. It is counted from the bytes, not
   * measured. Default 256 MiB.
   */
  readonly maxDecodedBytes?: number;
  /** CLIENT SETNAME. */
  readonly clientName?: string | null;
  /** Where sentinels name addresses that this host can't reach: `{ '10.0.0.5:6379': { host, port } }`, or a function. */
  readonly natMap?: NatMap;
  /** Follow a planned failover as soon as the new primary is one, a second before it is announced. Default false. */
  readonly eagerFailover?: boolean;

  readonly [name: string]: unknown;
}

/** redis-py's connection arguments. */
export interface ConnectionKwargsSetting {
  readonly db?: number;
  readonly username?: string | null;
  readonly password?: string | null;
  readonly max_connections?: number | null;
  readonly socket_timeout?: number | null;
  readonly socket_connect_timeout?: number | null;
  readonly client_name?: string | null;
  readonly min_other_sentinels?: number;
  readonly ssl?: boolean;
  readonly ssl_ca_certs?: string | null;
  readonly ssl_ca_data?: string;
  readonly ssl_certfile?: string | null;
  readonly ssl_keyfile?: string | null;
  readonly ssl_password?: string | null;
  readonly ssl_cert_reqs?: string | number | null;
  readonly ssl_check_hostname?: boolean;
  readonly ssl_min_version?: string | number | null;
  /** Ours: the name in the certificate, where it is not the host that is connected to. */
  readonly tlsServername?: string;

  readonly [name: string]: unknown;
}

/** Django's dotted path, `pickle`, `json`, `msgpack`, or one's own: an object with dumps and loads, or a class of such objects. */
export type SerializerSetting = string | Serializer | (new () => Serializer);

/**
 * Django's dotted path, a short name, the module that one needs (lz4-napi, lzma-native, @foxglove/wasm-zstd), or one's own: an object with
 * compress and decompress, or a class of such objects.
 */
export type CompressorSetting = string | Compressor | (new () => Compressor) | CompressorModule;
