import type { Compressor } from '../../codec/compressor.js';
import type { Serializer } from '../../codec/serializer.js';
import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import type { Lifetime } from '../../time/lifetime.js';
import type { NatMap } from './cache-options-setting.js';

/** The settings as all other folders read them: frozen, nothing optional, times in milliseconds. */
export interface ResolvedSettings {
  /** By alias, in the order of CACHES. */
  readonly caches: ReadonlyMap<string, CacheConfig>;
  /** For the log at boot: settings without effect, overlapping prefixes, unprotected connections. */
  readonly warnings: readonly string[];
  /** Undefined when SESSION_ENGINE was not given: no sessions. */
  readonly sessions: SessionConfig | undefined;
  readonly auth: AuthConfig;
}

/** Django's engines by their short names. */
export type SessionEngineName = 'cache' | 'cached_db' | 'db' | 'file' | 'signed_cookies';

/** SESSION_*. */
export interface SessionConfig {
  readonly engine: SessionEngineName;
  /** SESSION_CACHE_ALIAS. */
  readonly cacheAlias: string;
  /** SESSION_COOKIE_NAME. */
  readonly cookieName: string;
  /** SESSION_COOKIE_AGE: lifetime of the session and of its cookie. */
  readonly cookieAgeSeconds: number;
  /** SESSION_COOKIE_DOMAIN. Undefined: the host that answers. */
  readonly cookieDomain: string | undefined;
  /** SESSION_COOKIE_PATH. */
  readonly cookiePath: string;
  /** SESSION_COOKIE_SECURE. */
  readonly cookieSecure: boolean;
  /** SESSION_COOKIE_HTTPONLY. */
  readonly cookieHttpOnly: boolean;
  /** SESSION_COOKIE_SAMESITE. Undefined: no attribute (Django's False). */
  readonly cookieSameSite: 'Lax' | 'Strict' | 'None' | undefined;
  /** SESSION_SAVE_EVERY_REQUEST. */
  readonly saveEveryRequest: boolean;
  /** SESSION_EXPIRE_AT_BROWSER_CLOSE. */
  readonly expireAtBrowserClose: boolean;
  /** SESSION_FILE_PATH. Undefined: the system's folder for temporary files. */
  readonly filePath: string | undefined;
  /** SESSION_OUTAGE: what reading a session does when the store does not answer. */
  readonly outage: 'error' | 'anonymous';
  /** SESSION_ENCRYPTION: values are sealed with SECRET_KEY. */
  readonly encrypted: boolean;
}

/** What logins are proven with. */
export interface AuthConfig {
  /** SECRET_KEY first, then SECRET_KEY_FALLBACKS; empty when there is none. */
  readonly secretKeys: readonly string[];
  /** AUTHENTICATION_BACKENDS. */
  readonly backends: readonly string[];
}

/** One cache; `backend` tells which. */
export type CacheConfig = RedisCacheConfig | ShardedCacheConfig | LocmemCacheConfig | DummyCacheConfig;

/** What all caches have. */
export interface CommonCacheConfig {
  readonly alias: string;
  /** KEY_PREFIX. */
  readonly keyPrefix: string;
  /** VERSION, as written in stored keys. */
  readonly version: string;
  /** KEY_FUNCTION: makes stored keys. */
  readonly keyFunction: KeyFunction;
  /** REVERSE_KEY_FUNCTION: gets the key back from a stored key. */
  readonly reverseKeyFunction: ReverseKeyFunction;
  /** False with a KEY_FUNCTION of the user: no pattern matches the keys of this cache alone then. */
  readonly keysHavePattern: boolean;
  /** Whether the cache warns of keys that memcached could not store, as Django core's backends do. */
  readonly warnsOfKeys: boolean;
  /** TIMEOUT: the lifetime of entries that are set without one. */
  readonly defaultLifetime: Lifetime;
  /** SERIALIZER. */
  readonly serializer: Serializer;
  /** COMPRESSOR; one that does nothing when there is none. */
  readonly compressor: Compressor;
  /** Largest value in serialised bytes that is compressed or decompressed. Infinity without a compressor. */
  readonly maxPlainBytes: number;
  /** CACHE_HERD_TIMEOUT: how long entries outlive their soft end. Undefined: entries have no soft end. */
  readonly herdMs: number | undefined;
}

/** What the caches of django-redis have in common with a locmem cache that stands in for one in tests. */
export interface ValueBoundsConfig extends CommonCacheConfig {
  /** IGNORE_EXCEPTIONS: outages read as misses, and writes are dropped. */
  readonly ignoreExceptions: boolean;
  /** LOG_IGNORED_EXCEPTIONS. */
  readonly logIgnoredExceptions: boolean;
  /** OPTIONS.maxValueBytes: a value of more stored bytes is refused before it is sent. */
  readonly maxValueBytes: number;
}

/** What the caches on Redis have in common. */
export interface RedisPolicyConfig extends ValueBoundsConfig {
  /** DJANGO_REDIS_SCAN_ITERSIZE: COUNT of SCAN, keys per round trip. */
  readonly scanCount: number;
  /** Calls that fail at once while the breaker is open; `when-ignoring`: under IGNORE_EXCEPTIONS. */
  readonly failsFast: 'when-ignoring' | 'always' | 'never';
}

/** A cache on one deployment of Redis: a server, a sentinel service or a cluster. */
export interface RedisCacheConfig extends RedisPolicyConfig {
  readonly backend: 'redis';
  readonly connection: ConnectionConfig;
}

/** A cache of ShardClient: each key lies on one of several servers. */
export interface ShardedCacheConfig extends RedisPolicyConfig {
  readonly backend: 'sharded';
  /** In the order of LOCATION. */
  readonly shards: readonly ShardConfig[];
}

/** One server of a ShardClient. */
export interface ShardConfig {
  /** Its place on the hash ring: the URL to the letter, as in Django. May hold a password. */
  readonly name: string;
  readonly connection: ConnectionConfig;
}

/** A cache in the memory of this process. */
export interface LocmemCacheConfig extends ValueBoundsConfig {
  readonly backend: 'locmem';
  /** LOCATION: caches of one name share their entries, as in Django. */
  readonly location: string;
  /** MAX_ENTRIES. */
  readonly maxEntries: number;
  /** CULL_FREQUENCY: 1/cullFrequency of the entries go when maxEntries is reached; 0: all of them. */
  readonly cullFrequency: number;
}

/** A cache that keeps nothing. */
export interface DummyCacheConfig extends CommonCacheConfig {
  readonly backend: 'dummy';
}

/** What a Redis client is built from. Caches with equal connections share one client. */
export interface ConnectionConfig {
  readonly topology: TopologyConfig;
  /** Of the data nodes. */
  readonly credentials: Credentials;
  /** TLS to the data nodes; false: none. */
  readonly tls: TlsConfig | false;
  /** Number of the database. */
  readonly database: number;
  /** OPTIONS.deadline or SOCKET_TIMEOUT: bounds each call, queueing included. */
  readonly callDeadlineMs: number;
  /** SOCKET_CONNECT_TIMEOUT: bounds each connection attempt, proof of the role included. */
  readonly connectDeadlineMs: number;
  /** CONNECTION_POOL_KWARGS.max_connections: most sockets to one node. */
  readonly maxSocketsPerNode: number;
  readonly gate: GateConfig;
  /** Number of failures in a row, each the lack of any answer, that open the circuit breaker. */
  readonly breakerFailures: number;
  /** Name for CLIENT SETNAME; empty: none. */
  readonly clientName: string;
}

/** OPTIONS.gate: how much may wait. A call beyond both bounds is rejected at once. */
export interface GateConfig {
  /** Calls that may wait for a connection. */
  readonly queuedCommands: number;
  /** Their bytes. */
  readonly queuedBytes: number;
  /** Calls that may wait for their replies. */
  readonly inFlightCommands: number;
  /** Their bytes. */
  readonly inFlightBytes: number;
}

/** How the servers of a deployment are found. */
export type TopologyConfig = StandaloneTopologyConfig | SentinelTopologyConfig | ClusterTopologyConfig;

/** A node by TCP address or by Unix socket. */
export type NodeAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** Servers that LOCATION names. */
export interface StandaloneTopologyConfig {
  readonly kind: 'standalone';
  readonly primary: NodeAddress;
  /** The other servers of a LOCATION list: they answer reads. */
  readonly replicas: readonly NodeAddress[];
}

/** Servers that Redis Sentinel names. */
export interface SentinelTopologyConfig {
  readonly kind: 'sentinel';
  /** The master's name as written: case is kept (Django lower-cases it). */
  readonly masterName: string;
  /** The sentinels that the settings name; the others are found through them. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly sentinelCredentials: Credentials;
  /** TLS to the sentinels; false: none. */
  readonly sentinelTls: TlsConfig | false;
  /** Bounds each question to a sentinel. */
  readonly sentinelDeadlineMs: number;
  /** `replica`: reads go to a replica, and to the primary when no replica can answer. */
  readonly readsFrom: 'primary' | 'replica';
  /** Whether writes are refused: LOCATION is a single `?is_master=0` URL. */
  readonly readOnly: boolean;
  /** How many other sentinels a sentinel must know for its answer to count (min_other_sentinels). */
  readonly minOtherSentinels: number;
  /** OPTIONS.natMap. Undefined: sentinels name addresses that this host reaches. */
  readonly natMap: NatMap | undefined;
  /** OPTIONS.eagerFailover: follow a planned failover before it is announced. */
  readonly eagerFailover: boolean;
}

/** Nodes of a Redis Cluster. */
export interface ClusterTopologyConfig {
  readonly kind: 'cluster';
  /** Some of the nodes, primaries or replicas. One that answers is enough to find the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** OPTIONS.natMap. Undefined: nodes name addresses that this host reaches. */
  readonly natMap: NatMap | undefined;
}

/** A user name and a password; each empty when there is none. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Arguments of `tls.connect`; files are read already. */
export interface TlsConfig {
  /** Certificate authorities to trust, as PEM text. Undefined: those of Node. */
  readonly ca: string | readonly string[] | undefined;
  /** The client's certificate, as PEM text. */
  readonly cert: string | undefined;
  /** The key of the client's certificate, as PEM text. */
  readonly key: string | undefined;
  /** Passphrase of the key. */
  readonly passphrase: string | undefined;
  /** Whether the server's certificate is checked. */
  readonly rejectUnauthorized: boolean;
  /** Whether the server's certificate must name the host. */
  readonly checkHostname: boolean;
  /** The host name to ask for and to check. Undefined: the host of the connection. */
  readonly servername: string | undefined;
  /** The oldest version to accept. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}
