import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, type InjectionToken } from '@nestjs/common';

import { recordAlias } from '../copies/injected-aliases.js';

/**
 * Returns the token of the `SentinelCache` of an alias, and records that the alias is asked for: it can be
 * injected without being listed. An alias that CACHES lacks ends the boot with an ImproperlyConfiguredError
 * where something injects it.
 */
export function getCacheToken(alias = 'default'): InjectionToken {
  recordAlias(alias);
  return cacheTokenOf(alias);
}

/**
 * Returns the token of the cache-manager `Cache` of an alias: `CACHE_MANAGER` for `default`. Records the
 * alias as `getCacheToken` does.
 */
export function getCacheManagerToken(alias = 'default'): InjectionToken {
  recordAlias(alias);
  return managerTokenOf(alias);
}

/**
 * Injects the `SentinelCache` of an alias, with `forRoot` and `forRootAsync` alike. An alias that CACHES
 * lacks ends the boot with an ImproperlyConfiguredError that names the class.
 *
 * @example
 * ```ts
 * constructor(@InjectCache('default') private readonly cache: SentinelCache) {}
 * ```
 *
 */
export function InjectCache(alias = 'default'): PropertyDecorator & ParameterDecorator {
  return Inject(getCacheToken(alias));
}

/** As `getCacheToken`, for this module itself: records nothing. */
export function cacheTokenOf(alias: string): InjectionToken {
  return `SENTINEL_CACHE:${alias}`;
}

/** As `getCacheManagerToken`, for this module itself: records nothing. */
export function managerTokenOf(alias: string): InjectionToken {
  return alias === 'default' ? CACHE_MANAGER : `CACHE_MANAGER:${alias}`;
}

/** The settings, resolved; for this module only. */
export const RESOLVED_SETTINGS = 'SENTINEL_CACHE_RESOLVED_SETTINGS';

/** What a program gave beside the settings; for this module only. */
export const MODULE_EXTRAS = 'SENTINEL_CACHE_EXTRAS';

/** What loads users, or undefined; for this module only. */
export const LOAD_USER = 'SENTINEL_CACHE_LOAD_USER';

/** The sessions, or undefined without SESSION_ENGINE; for this module only. */
export const CONFIGURED_SESSIONS = 'SENTINEL_CACHE_SESSIONS';

/** The decorated methods of providers and controllers; for this module only. */
export const DECORATED_METHODS = 'SENTINEL_CACHE_DECORATED_METHODS';

/** What refuses settings that are made for each request; for this module only. */
export const SCOPE_CHECK = 'SENTINEL_CACHE_SCOPE_CHECK';
