import type { Compressor } from '../../codec/ports/compressor.js';
import type { Serializer } from '../../codec/ports/serializer.js';
import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import type { Lifetime } from '../../time/lifetime.js';

/** What everyone but `settings/` reads: frozen, nothing optional, milliseconds. */
export interface ResolvedSettings {
  readonly caches: ReadonlyMap<string, CacheConfig>;
  /** One sentence each, for the log at boot: accepted settings that mean nothing here, overlapping prefixes, ... */
  readonly warnings: readonly string[];
  /** Undefined: no sessions (SESSION_ENGINE was not given). */
  readonly sessions: SessionConfig | undefined;
  readonly auth: AuthConfig;
}

/** Django's engines by their short names. */
export type SessionEngineName = 'cache' | 'cached_db' | 'db' | 'file' | 'signed_cookies';

/** SESSION_*. Seconds where Django has seconds. */
export interface SessionConfig {
  readonly engine: SessionEngineName;
  readonly cacheAlias: string;
  readonly cookieName: string;
  readonly cookieAgeSeconds: number;
  /** Undefined: the host that answers. */
  readonly cookieDomain: string | undefined;
  readonly cookiePath: string;
  readonly cookieSecure: boolean;
  readonly cookieHttpOnly: boolean;
  /** Undefined: the attribute is left out (Django's False). */
  readonly cookieSameSite: 'Lax' | 'Strict' | 'None' | undefined;
  readonly saveEveryRequest: boolean;
  readonly expireAtBrowserClose: boolean;
  /** Undefined: the system's folder for temporary files. */
  readonly filePath: string | undefined;
  /** SESSION_OUTAGE, ours: what a read does when the store can't be asked. */
  readonly outage: 'error' | 'anonymous';
  /** SESSION_ENCRYPTION, ours: values are sealed with SECRET_KEY; Django can't read them then. */
  readonly encrypted: boolean;
}

/** SECRET_KEY and whom logins may come from. */
export interface AuthConfig {
  /** SECRET_KEY first, then SECRET_KEY_FALLBACKS; empty when there is none. */
  readonly secretKeys: readonly string[];
  readonly backends: readonly string[];
}

export type CacheConfig = RedisCacheConfig | ShardedCacheConfig | LocmemCacheConfig | DummyCacheConfig;

/** What every cache has, whatever keeps its bytes. */
export interface CommonCacheConfig {
  readonly alias: string;
  readonly keyPrefix: string;
  /** The version as it stands in stored keys. */
  readonly version: string;
  readonly keyFunction: KeyFunction;
  readonly reverseKeyFunction: ReverseKeyFunction;
  /** False when KEY_FUNCTION is the user's own: then nobody knows a pattern that matches just this cache's keys. */
  readonly keysHavePattern: boolean;
  /** Whether keys that memcached could not store are warned of, as Django core's backends do. */
  readonly warnsOfKeys: boolean;
  /** TIMEOUT: the lifetime of entries that are set without one. */
  readonly defaultLifetime: Lifetime;
  readonly serializer: Serializer;
  /** COMPRESSOR; the one that does nothing when there is none. */
  readonly compressor: Compressor;
  /** A value of more serialised bytes is neither compressed nor decompressed. Infinity without a compressor. */
  readonly maxPlainBytes: number;
  /** HerdClient: how long an entry lives on past its soft end (CACHE_HERD_TIMEOUT). Undefined: entries have no soft end. */
  readonly herdMs: number | undefined;
}

/** What django-redis' caches have in common, and a locmem cache that stands in for one. */
export interface ValueBoundsConfig extends CommonCacheConfig {
  /** django-redis 6: outages read as misses, and writes are dropped. */
  readonly ignoreExceptions: boolean;
  readonly logIgnoredExceptions: boolean;
  /** A value of more stored bytes is refused before it is sent. */
  readonly maxValueBytes: number;
  /** What reading one value may take in memory, in bytes as they are counted. */
  readonly maxDecodedBytes: number;
}

/** What the caches on Redis have in common, wherever Redis is. */
export interface RedisPolicyConfig extends ValueBoundsConfig {
  /** SCAN's COUNT in iterating calls. */
  readonly scanCount: number;
  /** Which calls are rejected at once while the circuit breaker is open: of the cache with IGNORE_EXCEPTIONS, all, or none. */
  readonly failsFast: 'when-ignoring' | 'always' | 'never';
}

export interface RedisCacheConfig extends RedisPolicyConfig {
  readonly backend: 'redis';
  readonly connection: ConnectionConfig;
}

/** ShardClient: each key lies on one of several servers. */
export interface ShardedCacheConfig extends RedisPolicyConfig {
  readonly backend: 'sharded';
  readonly shards: readonly ShardConfig[];
}

/** One server of a ShardClient. */
export interface ShardConfig {
  /** Its place on the ring: the URL to the letter, as in Django. May hold a password. */
  readonly name: string;
  readonly connection: ConnectionConfig;
}

export interface LocmemCacheConfig extends ValueBoundsConfig {
  readonly backend: 'locmem';
  /** Caches of one LOCATION share their entries, as in Django. */
  readonly location: string;
  readonly maxEntries: number;
  /** 1/cullFrequency of the entries go when maxEntries is reached; 0: all of them. */
  readonly cullFrequency: number;
}

export interface DummyCacheConfig extends CommonCacheConfig {
  readonly backend: 'dummy';
}

/** Everything a Redis client is built from; two caches with equal connections share one client. */
export interface ConnectionConfig {
  readonly topology: TopologyConfig;
  readonly credentials: Credentials;
  readonly tls: TlsConfig | false;
  readonly database: number;
  /** Bounds every call, queueing included. OPTIONS.deadline, or SOCKET_TIMEOUT. */
  readonly callDeadlineMs: number;
  /** Bounds one connection attempt, handshake and role proof included. SOCKET_CONNECT_TIMEOUT. */
  readonly connectDeadlineMs: number;
  /** Upper bound of sockets to one node. CONNECTION_POOL_KWARGS.max_connections. */
  readonly maxSocketsPerNode: number;
  readonly gate: GateConfig;
  /** So many failures in a row for lack of an answer open the circuit breaker. */
  readonly breakerFailures: number;
  /** CLIENT SETNAME; empty: none. */
  readonly clientName: string;
}

/** How much may wait for a connection, and how much may wait for its reply. A full gate rejects at once. */
export interface GateConfig {
  readonly queuedCommands: number;
  readonly queuedBytes: number;
  readonly inFlightCommands: number;
  readonly inFlightBytes: number;
}

export type TopologyConfig = StandaloneTopologyConfig | SentinelTopologyConfig | ClusterTopologyConfig;

/** A node by TCP address or by Unix socket. */
export type NodeAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface StandaloneTopologyConfig {
  readonly kind: 'standalone';
  readonly primary: NodeAddress;
  /** Further servers of a LOCATION list: they answer reads. */
  readonly replicas: readonly NodeAddress[];
}

export interface SentinelTopologyConfig {
  readonly kind: 'sentinel';
  /** The master's name as written: case is kept (Django lower-cases it). */
  readonly masterName: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly sentinelCredentials: Credentials;
  readonly sentinelTls: TlsConfig | false;
  /** Bounds one question to one sentinel. */
  readonly sentinelDeadlineMs: number;
  /** `primary`: only the primary; `replica`: replicas, and the primary when there is none that can. */
  readonly readsFrom: 'primary' | 'replica';
  /** A single `?is_master=0` URL: writes are refused. */
  readonly readOnly: boolean;
  /** django-redis' min_other_sentinels. */
  readonly minOtherSentinels: number;
  /** OPTIONS.natMap; undefined: sentinels name addresses that this host reaches. */
  readonly natMap: NatMap | undefined;
  /** OPTIONS.eagerFailover: follow a planned failover before it is announced. */
  readonly eagerFailover: boolean;
}

/** Redis Cluster: every key has a slot, and every slot a primary. */
export interface ClusterTopologyConfig {
  readonly kind: 'cluster';
  /** Some of its nodes, primaries or replicas: one that answers is enough to find the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** OPTIONS.natMap; undefined: nodes name addresses that this host reaches. */
  readonly natMap: NatMap | undefined;
}

/**
 * From an address that a sentinel, or a node of a cluster, names to one that this host reaches. An object by `host:port` (lower case, IPv6 in brackets), or a
 * function; what is not in it, or undefined, stays as it is.
 */
export type NatMap =
  | Readonly<Record<string, { readonly host: string; readonly port: number }>>
  | ((host: string, port: number) => { readonly host: string; readonly port: number } | undefined);

/** Empty strings: none. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What `tls.connect` gets; contents of files, not their names. */
export interface TlsConfig {
  readonly ca: string | readonly string[] | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly passphrase: string | undefined;
  readonly rejectUnauthorized: boolean;
  readonly checkHostname: boolean;
  readonly servername: string | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}
