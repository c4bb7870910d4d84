import type { SentinelCache } from '../cache/sentinel-cache.js';
import type { CacheKey } from '../keys/format-key.js';

/* A decorator is written before TypeScript looks at its method: the functions take what the method takes. */
/* eslint-disable @typescript-eslint/no-explicit-any */

/** Options of `@Cached`; those of `getOrSet` among them, but for `signal`, which belongs to a single call. */
export interface CachedOptions extends Omit<NonNullable<Parameters<SentinelCache['getOrSet']>[3]>, 'tags' | 'signal'> {
  /**
   * The key: a template filled with the arguments by name, position or path (`'user:{id}'`, `'user:{0.id}'`),
   * or a function of them, called with the instance as `this`. Default: class, method and all arguments.
   */
  readonly key?: string | ((...args: any[]) => CacheKey);
  /**
   * Tags of the entry: one or several templates (`'user-{id}'`), or a function of the arguments. For a cache
   * with `OPTIONS: { tags: true }`. Default: none.
   */
  readonly tags?: string | readonly string[] | ((...args: any[]) => string | readonly string[]);
  /** The alias in CACHES. Default: `default`. */
  readonly cache?: string;
}

/** Options that `@Cached` hands to `getOrSet` as they are. */
export type LoadOptions = Omit<CachedOptions, 'key' | 'tags' | 'cache'>;

/** Options of `@CachePut`. */
export interface CachePutOptions {
  /**
   * The key: a template of the arguments and of what the method returned (`'user:{id}'`,
   * `'user:{result.id}'`), or a function of the arguments, called with the instance as `this`.
   */
  readonly key: string | ((...args: any[]) => CacheKey);
  /** Tags of the entry, as in `@Cached`; templates may use what the method returned. Default: none. */
  readonly tags?: string | readonly string[] | ((...args: any[]) => string | readonly string[]);
  /** Version of the key. Default: VERSION of the cache. */
  readonly version?: number | string | null;
  /** The alias in CACHES. Default: `default`. */
  readonly cache?: string;
}

/** What `@CacheEvict` takes away: at least one of `tags`, `key`, `path` and `fromResult`. */
export interface CacheEvictOptions {
  /**
   * Tags whose entries and pages go: one or several templates as in `@CachePut`, or a function of the
   * arguments.
   */
  readonly tags?: string | readonly string[] | ((...args: any[]) => string | readonly string[]);
  /** Keys that go: one or several templates as in `@CachePut`, or a function of the arguments. */
  readonly key?: string | readonly string[] | ((...args: any[]) => CacheKey | readonly CacheKey[]);
  /**
   * Paths: the pages of and below them go, whatever their host and query. One or several templates as in
   * `@CachePut` (`'/catalogue/{id}'`), or a function of the arguments.
   */
  readonly path?: string | readonly string[] | ((...args: any[]) => string | readonly string[]);
  /**
   * A function of what the method returned, and of the arguments after it. It returns one or several tags, or
   * an object with `tags`, `key` and `path`; undefined for nothing.
   */
  readonly fromResult?: (result: any, ...args: any[]) => string | readonly string[] | CacheEvictOptions | undefined;
  /** Version of the keys. Default: VERSION of the cache. */
  readonly version?: number | string | null;
  /**
   * The alias in CACHES. Pages go wherever this application keeps them, and in this alias. Default:
   * `default`.
   */
  readonly cache?: string;
}
