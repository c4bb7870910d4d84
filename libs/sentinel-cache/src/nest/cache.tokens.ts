import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, type InjectionToken } from '@nestjs/common';

/**
 * Returns the token of the `SentinelCache` of an alias. With `forRoot` every alias of CACHES has one, with
 * `forRootAsync` those that `aliases` names. An alias of `aliases` that CACHES lacks ends the boot with an
 * ImproperlyConfiguredError; any other ends it with Nest's own error, which names the token.
 */
export function getCacheToken(alias = 'default'): InjectionToken {
  return `SENTINEL_CACHE:${alias}`;
}

/**
 * Returns the token of the cache-manager `Cache` of an alias: `CACHE_MANAGER` for `default`. The aliases are
 * those of `getCacheToken`.
 */
export function getCacheManagerToken(alias = 'default'): InjectionToken {
  return alias === 'default' ? CACHE_MANAGER : `CACHE_MANAGER:${alias}`;
}

/**
 * Injects the `SentinelCache` of an alias. The aliases are those of `getCacheToken`.
 *
 * @example
 * ```ts
 * constructor(@InjectCache('default') private readonly cache: SentinelCache) {}
 * ```
 */
export function InjectCache(alias = 'default'): PropertyDecorator & ParameterDecorator {
  return Inject(getCacheToken(alias));
}

/** The settings, resolved; for this module only. */
export const RESOLVED_SETTINGS = 'SENTINEL_CACHE_RESOLVED_SETTINGS';

/** What a program gave beside the settings; for this module only. */
export const MODULE_EXTRAS = 'SENTINEL_CACHE_EXTRAS';

/** The sessions, or undefined without SESSION_ENGINE; for this module only. */
export const CONFIGURED_SESSIONS = 'SENTINEL_CACHE_SESSIONS';
