/** The pages of an application; for this package only. */
export const PAGE_CACHE = Symbol('nestjs-sentinel-cache.page-cache');

/** Where `@CachePage` keeps its options. */
export const PAGE_OPTIONS = 'nestjs-sentinel-cache:page-options';

/** Where `@VaryOn` and `@VaryOnCookie` keep their names. */
export const PAGE_VARY = 'nestjs-sentinel-cache:page-vary';

/** How long a request waits for the cache, in milliseconds; for this package and its tests only. */
export const PAGE_WAITS_MS = Symbol('nestjs-sentinel-cache.page-waits-ms');
