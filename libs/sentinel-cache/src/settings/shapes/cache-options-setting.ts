import type { CompressorModule } from '../../codec/compressor-registry.js';
import type { Compressor } from '../../codec/ports/compressor.js';
import type { Serializer } from '../../codec/ports/serializer.js';

/**
 * OPTIONS of django-redis and of the sentinel packages in upper case, and those that only this package has in
 * camelCase. Django core's backend takes redis-py's arguments here (`ConnectionKwargsSetting`).
 */
export interface CacheOptionsSetting {
  /**
   * The client, by its dotted path or a short name: `django_redis.client.DefaultClient` (the default),
   * `.SentinelClient`, `.HerdClient`, `.ShardClient`, or `django_sentinel.SentinelClient`.
   */
  readonly CLIENT_CLASS?: string;
  /** As DJANGO_REDIS_CONNECTION_FACTORY, for this cache. Default: that of all caches. */
  readonly CONNECTION_FACTORY?: string | null;
  /**
   * `redis.sentinel.SentinelConnectionPool` says that LOCATION names a sentinel service. Others: a warning,
   * and no effect.
   */
  readonly CONNECTION_POOL_CLASS?: string;
  /**
   * redis-py's arguments of the connections to data nodes. They win over PASSWORD, SOCKET_TIMEOUT and
   * SOCKET_CONNECT_TIMEOUT.
   */
  readonly CONNECTION_POOL_KWARGS?: ConnectionKwargsSetting;
  /** Password of the data nodes. Default: none. */
  readonly PASSWORD?: string | null;
  /** Bounds each call, in seconds; `deadline` under Django's name. 0 and null count as not given. */
  readonly SOCKET_TIMEOUT?: number | null;
  /** Bounds each connection attempt, in seconds. 0 and null count as not given. Default: 0.4. */
  readonly SOCKET_CONNECT_TIMEOUT?: number | null;
  /**
   * Addresses of the sentinels: `[['host', 26379]]` or `['host:26379']` (django-redis with a sentinel
   * factory).
   */
  readonly SENTINELS?: readonly unknown[] | ReadonlySet<unknown>;
  /**
   * redis-py's arguments of the connections to the sentinels: credentials, timeouts, TLS. Default: the
   * timeouts of the data nodes, no password and no TLS.
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
  /**
   * Whether an outage reads as a miss and drops writes instead of rejecting. Default:
   * DJANGO_REDIS_IGNORE_EXCEPTIONS.
   */
  readonly IGNORE_EXCEPTIONS?: boolean;
  /**
   * Whether ignored errors are logged, ten lines a minute for each operation. Default:
   * DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS.
   */
  readonly LOG_IGNORED_EXCEPTIONS?: boolean;
  /** Only true: false would write to a replica when the primary fails, and lose the write. */
  readonly REPLICA_READ_ONLY?: boolean;

  /**
   * Bounds each call, queueing included: milliseconds, or `500ms`, `2s`. Default: 500 ms. SOCKET_TIMEOUT
   * replaces it.
   */
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
   * Asks together what is read in one turn of the event loop: one MGET for many `get`s. false: each `get` is
   * a command of its own. Default: true.
   */
  readonly coalesce?: boolean;
  /**
   * Which calls are rejected at once while Redis is away, instead of waiting for their deadline. Left out:
   * those of a cache with IGNORE_EXCEPTIONS. true: every call of this cache. false: none.
   */
  readonly circuitBreaker?:
    | boolean
    | {
        /** Failures in a row that open the circuit breaker, at least 1. Default: 2. */
        readonly failures?: number;
        /** As true and false. */
        readonly failFast?: boolean;
      };
  /**
   * Largest stored value in bytes, at least 1: a larger one is refused before it is sent. Default: 512 MiB,
   * Redis' own bound. With a COMPRESSOR it also bounds the value before compression and after decompression;
   * default for that: 32 MiB.
   */
  readonly maxValueBytes?: number;
  /**
   * Memory that reading one value may take, in bytes, counted from what is stored: a value that would take
   * more is a CodecError. Default: 256 MiB.
   */
  readonly maxDecodedBytes?: number;
  /**
   * Whether entries may have tags (`set(..., { tags })`, `invalidateTags`). A read then takes a round trip
   * more where it finds an entry with tags. Default: false.
   */
  readonly tags?: boolean;
  /**
   * Keeps what was read in this process, until Redis says that it has changed. Left out: each read asks
   * Redis.
   */
  readonly nearCache?: {
    /** Memory for the entries: bytes, or `64mb`, `512kb`. Default: 64 MiB. */
    readonly maxBytes?: number | string;
    /** How long an entry is kept at most: milliseconds, or `30s`. Default: 30 s. */
    readonly maxAge?: number | string;
    /** Number of entries, at least 1. Default: `maxBytes` alone bounds them. */
    readonly maxEntries?: number;
    /**
     * What every stored key begins with; needed beside a KEY_FUNCTION. Default: KEY_PREFIX and a colon.
     */
    readonly prefix?: string;
  };
  /** Name of the connections in CLIENT LIST: visible ASCII without spaces. Default: none. */
  readonly clientName?: string | null;
  /**
   * Translates addresses that sentinels or cluster nodes name and this host can't reach: `{ '10.0.0.5:6379':
   * { host, port } }`, or a function. Default: no translation.
   */
  readonly natMap?: NatMap;
  /**
   * Follows a planned failover as soon as the new primary is one, a second before it is announced. A failover
   * that is aborted then takes back what was written meanwhile. Default: false.
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
  /**
   * Most sockets to one node, at least 1. Default: 100; commands are pipelined, so that one or two are open.
   */
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
  /**
   * Whether the server's certificate is checked: `required` (the default), `optional`, `none`, or Python's
   * `ssl.CERT_...`.
   */
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
 * How values become bytes: Django's dotted path, `pickle`, `json` or `msgpack`, or an implementation of your
 * own: an object with `dumps` and `loads`, or a class of such objects.
 */
export type SerializerSetting = string | Serializer | (new () => Serializer);

/**
 * How bytes are compressed: Django's dotted path, or `identity`, `zlib`, `gzip`, `lzma`, `lz4` or `zstd`; the
 * module of the package that one of them needs (lz4-napi, lzma-native, @foxglove/wasm-zstd); or an
 * implementation of your own: an object with `compress` and `decompress`, or a class of such objects.
 */
export type CompressorSetting = string | Compressor | (new () => Compressor) | CompressorModule;

/**
 * Translates addresses that sentinels or cluster nodes name to addresses that this host reaches: an object
 * whose keys are `host:port` (lower case, IPv6 in brackets), or a function. An address that the object lacks,
 * or for which the function returns undefined, stays as it is.
 */
export type NatMap = Readonly<Record<string, ReachableAddress>> | ((host: string, port: number) => ReachableAddress | undefined);

/** An address that this host reaches. */
export interface ReachableAddress {
  /** A host name or an IP address, IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}
