import type { KeyFunction, ReverseKeyFunction } from '../../keys/key-function.js';
import type { CacheOptionsSetting } from './cache-options-setting.js';

/**
 * Django's settings as one object, or its CACHES dict alone.
 *
 * The types help in an editor and accept a pasted dict. What they accept and the package does not,
 * `resolveSettings` reports at boot, all problems at once.
 */
export type DjangoSettings = DjangoSettingsModule | CachesSetting;

/** Django's settings module as an object: the same names, meanings and defaults. */
export interface DjangoSettingsModule {
  /** The caches by alias. Default: one locmem cache named `default`. */
  readonly CACHES?: CachesSetting;

  /**
   * How all caches of django-redis read LOCATION: `django_redis.pool.ConnectionFactory` (a server, the
   * default) or `django_redis.pool.SentinelConnectionFactory` (a sentinel service).
   * OPTIONS.CONNECTION_FACTORY of a cache wins.
   */
  readonly DJANGO_REDIS_CONNECTION_FACTORY?: string;
  /** IGNORE_EXCEPTIONS of all caches that do not set their own. Default: false. */
  readonly DJANGO_REDIS_IGNORE_EXCEPTIONS?: boolean;
  /** LOG_IGNORED_EXCEPTIONS of all caches that do not set their own. Default: false. */
  readonly DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS?: boolean;
  /** Accepted with a warning and without effect: messages go to Nest's logger, or to `onEvent`. */
  readonly DJANGO_REDIS_LOGGER?: string;
  /**
   * COUNT of SCAN where the keys of a cache are searched: keys per round trip, 1 to 1000000. Default: 500
   * (django-redis: 10).
   */
  readonly DJANGO_REDIS_SCAN_ITERSIZE?: number;
  /** Accepted with a warning and without effect: connections are closed with the caches. */
  readonly DJANGO_REDIS_CLOSE_CONNECTION?: boolean;
  /** How long HerdClient keeps an entry past its soft end, in whole seconds, 0 to 31536000. Default: 60. */
  readonly CACHE_HERD_TIMEOUT?: number;

  /** The cache of PageCacheInterceptor without `@CachePage`. Default: `default`. */
  readonly CACHE_MIDDLEWARE_ALIAS?: string;
  /**
   * How long pages live where neither the route nor the response says it, in whole seconds, 0 to 31536000; 0:
   * only a response with a lifetime of its own is stored. Default: 600.
   */
  readonly CACHE_MIDDLEWARE_SECONDS?: number;
  /** The prefix of pages of PageCacheInterceptor without `@CachePage`. Default: an empty string. */
  readonly CACHE_MIDDLEWARE_KEY_PREFIX?: string;

  /**
   * Where sessions are stored: `django.contrib.sessions.backends.cache`, `.cached_db`, `.db`, `.file` or
   * `.signed_cookies`, or the last word alone. Left out: no sessions (Django: the database).
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
  /**
   * Whether each request saves its session, so that its expiry moves on. Default: false, only a request that
   * changed it.
   */
  readonly SESSION_SAVE_EVERY_REQUEST?: boolean;
  /** Whether the session cookie ends with the browser. Default: false, after SESSION_COOKIE_AGE. */
  readonly SESSION_EXPIRE_AT_BROWSER_CLOSE?: boolean;
  /** Folder of the engine `file`. Default: null, the system's folder for temporary files. */
  readonly SESSION_FILE_PATH?: string | null;
  /**
   * Only `django.contrib.sessions.serializers.JSONSerializer` (the default), or `json`. The engine `cache`
   * uses the SERIALIZER of its cache instead.
   */
  readonly SESSION_SERIALIZER?: string;
  /**
   * Not in Django. What reading a session does in an outage: `error` answers 503, `anonymous` goes on without
   * one. Default: `error`.
   */
  readonly SESSION_OUTAGE?: 'error' | 'anonymous';
  /**
   * Not in Django. Seals sessions of the engine `cache` with SECRET_KEY; Django can't read them then.
   * Default: false.
   */
  readonly SESSION_ENCRYPTION?: boolean;
  /**
   * Django's SECRET_KEY: signs sessions and logins. Required by each engine but `cache`, and by
   * SESSION_ENCRYPTION and logins.
   */
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
  /**
   * Lifetime of entries that are set without one: seconds, null for ever, or a number with its unit (`15m`).
   * Default: 300.
   */
  readonly TIMEOUT?: number | string | null;
  /** The same as TIMEOUT, and wins over it, as in Django. */
  readonly timeout?: number | string | null;
  /** First part of each stored key. Default: an empty string. */
  readonly KEY_PREFIX?: string;
  /** Second part of each stored key, where a call names no version. Default: 1. */
  readonly VERSION?: number | string | bigint | boolean;
  /**
   * Makes a stored key of key, prefix and version: a function, or Django's dotted path. Default:
   * `prefix:version:key`.
   */
  readonly KEY_FUNCTION?: KeyFunction | string | null;
  /**
   * Gets the key back from a stored key: a function, or django-redis' dotted path. Default: what follows the
   * second colon.
   */
  readonly REVERSE_KEY_FUNCTION?: ReverseKeyFunction | string | null;
  /**
   * Most entries of a locmem store, at least 1. Default: 300. On Redis: accepted with a warning and without
   * effect.
   */
  readonly MAX_ENTRIES?: number | string;
  /** The same as MAX_ENTRIES, and wins over it, as in Django. */
  readonly max_entries?: number | string;
  /**
   * A full locmem store drops 1/CULL_FREQUENCY of its entries; 0: all of them. Default: 3. On Redis: accepted
   * with a warning and without effect.
   */
  readonly CULL_FREQUENCY?: number | string;
  /** The same as CULL_FREQUENCY, and wins over it, as in Django. */
  readonly cull_frequency?: number | string;
  /** Options of the backend. Default: none. */
  readonly OPTIONS?: CacheOptionsSetting;
}
