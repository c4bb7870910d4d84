import type { Lifetime } from '../../time/lifetime.js';

/** How a route's responses are cached: its decorators, read once. */
export interface RouteRules {
  /** Names the route in the key: class, method, versions and hosts. */
  readonly route: string;
  /** The alias in CACHES. */
  readonly cache: string;
  readonly keyPrefix: string;
  readonly version: number | string | undefined;
  /** How long pages live here. Undefined: as long as the response says. */
  readonly lifetime: Lifetime | undefined;
  /** Whether the response is the same for everybody, whatever the request carries. */
  readonly shared: boolean;
  /** Whether the route or its controller has a guard of its own. */
  readonly isGuarded: boolean;
  /** Headers that `@VaryOn` and `@VaryOnCookie` name, in lower case. */
  readonly vary: readonly string[];
  /** Headers that the handler takes one by one, in lower case. */
  readonly takes: readonly string[];
  /** What the handler takes that no key covers. */
  readonly takesPersonal: 'headers' | 'ip' | 'session' | undefined;
  /** The part of the query that tells pages apart. */
  readonly query: 'sent' | 'sorted' | readonly string[];
  /** Whether the name of `@CacheKey` is the whole key. */
  readonly exact: boolean;
  /** Bodies of more bytes are not stored. */
  readonly maxBody: number;
  /** Tags of its pages. */
  readonly tags: readonly string[];
  /** Where `@Redirect` leads; empty where the handler says so. Undefined: it redirects nowhere. */
  readonly redirect: string | undefined;
  /** How long a stale page is sent while it is made anew, in milliseconds, unless the response says so. */
  readonly staleWhileRevalidateMs: number;
  /** How long a stale page is sent instead of an error, in milliseconds, unless the response says so. */
  readonly staleIfErrorMs: number;
  /** Streams of up to so many bytes are stored; 0: none. */
  readonly streamBytes: number;
  /**
   * Names of headers that `@Header` sets: they are the page's, though they stand there before the handler
   * runs.
   */
  readonly headers: readonly string[];
}

/** What a request says that decides whether it may be served from the cache. */
export interface RequestFacts {
  readonly method: string;
  /** The method before a middleware replaced it; undefined when none did. */
  readonly originalMethod: string | undefined;
  readonly protocol: string;
  /** With its port, as the platform resolves it. */
  readonly host: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** Path and query as they were routed. */
  readonly routedUrl: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whether a guard put a user on the request. */
  readonly hasUser: boolean;
}

/** What `forRoot` says about pages, checked. */
export interface PagesConfig {
  /** CACHE_MIDDLEWARE_ALIAS, for interceptors without `@CachePage`. */
  readonly alias: string;
  /** CACHE_MIDDLEWARE_KEY_PREFIX, for the same. */
  readonly keyPrefix: string;
  /**
   * CACHE_MIDDLEWARE_SECONDS in milliseconds, where neither route nor response says a lifetime. 0: nothing is
   * stored then.
   */
  readonly defaultLifetimeMs: number;
  /** Headers that make a request personal, in lower case. */
  readonly personalHeaders: readonly string[];
  /** Cookies that do not count: names, a trailing `*` for any rest. */
  readonly ignoreCookies: readonly string[];
  /** Hosts whose pages are cached, in lower case, a leading `*.` for any sub-domain. Undefined: all. */
  readonly hosts: readonly string[] | undefined;
  /** Whether the Cache-Control of a request is obeyed. */
  readonly requestDirectives: boolean;
  /** Whether responses carry Cache-Status. */
  readonly cacheStatus: boolean;
}
