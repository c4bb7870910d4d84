import type { Timeout } from '../time/lifetime.js';

/** Options of `@CachePage`. */
export interface CachePageOptions {
  /** The alias in CACHES. Default: `default`, whatever CACHE_MIDDLEWARE_ALIAS says, as in Django. */
  readonly cache?: string;
  /** Tells pages of one address apart that have nothing to do with each other. Default: none. */
  readonly keyPrefix?: string;
  /** Version of the keys. Default: VERSION of the cache. */
  readonly version?: number | string;
  /**
   * Tags of the route's pages, beside `keyPrefix` and the name of `@CacheKey`, which are tags as well:
   * `Pages.evict({ tags: 'catalogue' })` drops all pages that have it. At most 64. Default: none.
   */
  readonly tags?: readonly string[];
  /**
   * Whether the response is the same for everybody: requests with cookies, an Authorization or a user share
   * it, too. Guards still run on each of them. Default: false.
   */
  readonly shared?: boolean;
  /**
   * Which part of the query tells pages apart: all of it as it was sent (the default), `sorted`, these names
   * alone, or `declared`: those that the handler takes with `@Query('name')`.
   */
  readonly query?: 'sorted' | 'declared' | readonly string[];
  /** Whether the name of `@CacheKey` is the whole key: path and query do not count. Default: false. */
  readonly exact?: boolean;
  /**
   * How long a stale page is still sent while one request makes it anew, in seconds or with a unit; other
   * caches are told so. A response's own `stale-while-revalidate` wins; `must-revalidate`,
   * `proxy-revalidate`, `no-cache` and `s-maxage` forbid it. Up to a year. Default: 0.
   */
  readonly staleWhileRevalidate?: Exclude<Timeout, null>;
  /**
   * The same for how long a stale page is sent instead of an error: 500, 502, 503 and 504, answered or
   * thrown.
   */
  readonly staleIfError?: Exclude<Timeout, null>;
  /**
   * Streams of up to so many bytes are stored, once they have ended well: a number, or text such as
   * `'256kb'`. A copy is kept while they flow. Up to 64 MB. Default: 0, none is.
   */
  readonly streams?: number | `${number}${'b' | 'kb' | 'mb'}`;
  /** Bodies of more bytes are not stored: a number, or text such as `'256kb'`. Default: `'1mb'`. */
  readonly maxBody?: number | `${number}${'b' | 'kb' | 'mb'}`;
}

/** Which pages to drop. */
export interface PageEviction {
  /** One or several tags: those of the routes, their `keyPrefix`, the name of `@CacheKey`. Default: none. */
  readonly tags?: string | readonly string[];
  /** One or several paths: all pages of and below them, whatever their host and query. Default: none. */
  readonly path?: string | readonly string[];
}

/** What `forRoot` says about the pages of all routes. */
export interface PagesOptions {
  /**
   * Headers that make a request personal, beside Authorization and Cookie: `['x-api-key']`. Default: none.
   */
  readonly personalHeaders?: readonly string[];
  /** Cookies that do not make a request personal: names, or beginnings such as `'_ga*'`. Default: none. */
  readonly ignoreCookies?: readonly string[];
  /** Hosts whose pages are cached: `['shop.example', '*.shop.example']`. Default: all. */
  readonly hosts?: readonly string[];
  /** Whether `no-cache`, `max-age` and the like of a request are obeyed. Default: true. */
  readonly requestDirectives?: boolean;
  /**
   * Whether to warn, once for each route and name, of a header or cookie that a handler, guard or
   * middleware read and no key covers, with file and line. For development and tests: every read costs a
   * stack trace. Default: false.
   */
  readonly watch?: boolean;
  /** Whose keys pages have. `own` is all there is. Default: `own`. */
  readonly pageKeys?: 'own';
  /** Whether responses say in Cache-Status what the cache did. Default: true. */
  readonly cacheStatus?: boolean;
}

/** What `@CachePage` keeps: options and lifetime. */
export interface PageDecoration {
  readonly timeout: Timeout | undefined;
  readonly options: CachePageOptions;
}
