import type { Compressor } from '../../codec/ports/compressor.js';
import type { Serializer } from '../../codec/ports/serializer.js';
import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import type { Lifetime } from '../../time/lifetime.js';
import type { ConnectionConfig } from './resolved-connection.js';

/** The settings as all other folders read them: frozen, nothing optional, times in milliseconds. */
export interface ResolvedSettings {
  /** By alias, in the order of CACHES. */
  readonly caches: ReadonlyMap<string, CacheConfig>;
  /** For the log at boot: settings without effect, overlapping prefixes, unprotected connections. */
  readonly warnings: readonly string[];
  /** Undefined when SESSION_ENGINE was not given: no sessions. */
  readonly sessions: SessionConfig | undefined;
  readonly auth: AuthConfig;
  readonly pages: PagesSettings;
}

/** CACHE_MIDDLEWARE_*: pages of interceptors that no `@CachePage` tells more. */
export interface PagesSettings {
  /** CACHE_MIDDLEWARE_ALIAS. */
  readonly alias: string;
  /** CACHE_MIDDLEWARE_KEY_PREFIX. */
  readonly keyPrefix: string;
  /** CACHE_MIDDLEWARE_SECONDS, in milliseconds. */
  readonly defaultLifetimeMs: number;
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
  /**
   * Whether the first call with a lifetime that was probably meant in milliseconds is a warning; not after
   * one at boot.
   */
  readonly warnsOfLifetimes: boolean;
  /** Receives the number of such a call. Undefined: nobody does. */
  readonly onLikelyMilliseconds?: ((seconds: number) => void) | undefined;
  /** TIMEOUT: the lifetime of entries that are set without one. */
  readonly defaultLifetime: Lifetime;
  /** SERIALIZER. */
  readonly serializer: Serializer;
  /** COMPRESSOR; the identity without one. */
  readonly compressor: Compressor;
  /** Largest value in serialised bytes that is compressed or decompressed. Infinity without a compressor. */
  readonly maxPlainBytes: number;
  /** CACHE_HERD_TIMEOUT: how long entries outlive their soft end. Undefined: entries have no soft end. */
  readonly herdMs: number | undefined;
  /** OPTIONS.tags: whether entries may have tags. */
  readonly tags: boolean;
}

/** What the caches of django-redis have in common with a locmem cache that stands in for one in tests. */
export interface ValueBoundsConfig extends CommonCacheConfig {
  /** IGNORE_EXCEPTIONS: outages read as misses, and writes are dropped. */
  readonly ignoreExceptions: boolean;
  /** LOG_IGNORED_EXCEPTIONS. */
  readonly logIgnoredExceptions: boolean;
  /** OPTIONS.maxValueBytes: a value of more stored bytes is refused before it is sent. */
  readonly maxValueBytes: number;
  /** What reading one value may take in memory, in bytes as they are counted. */
  readonly maxDecodedBytes: number;
}

/** What the caches on Redis have in common. */
export interface RedisPolicyConfig extends ValueBoundsConfig {
  /** DJANGO_REDIS_SCAN_ITERSIZE: COUNT of SCAN, keys per round trip. */
  readonly scanCount: number;
  /** Calls that fail at once while the breaker is open; `when-ignoring`: under IGNORE_EXCEPTIONS. */
  readonly failsFast: 'when-ignoring' | 'always' | 'never';
  /** OPTIONS.nearCache. Undefined: each read asks Redis. */
  readonly nearCache: NearCacheConfig | undefined;
}

/** What this process keeps of what it read. */
export interface NearCacheConfig {
  /** Memory that the entries may take, in bytes as they are counted. */
  readonly maxBytes: number;
  /** How long an entry is kept at most. */
  readonly maxAgeMs: number;
  /** Number of entries. Undefined: maxBytes alone bounds them. */
  readonly maxEntries: number | undefined;
  /** What the stored keys begin with. Undefined: KEY_PREFIX and a colon. */
  readonly prefix: string | undefined;
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
