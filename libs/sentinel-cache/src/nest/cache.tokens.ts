import { CACHE_MANAGER } from '@nestjs/cache-manager';
import type { InjectionToken } from '@nestjs/common';

/** The token of the `SentinelCache` of an alias. */
export function getCacheToken(alias = 'default'): InjectionToken {
  return `SENTINEL_CACHE:${alias}`;
}

/** The token of the cache-manager `Cache` of an alias; for `default` it is `CACHE_MANAGER`. */
export function getCacheManagerToken(alias = 'default'): InjectionToken {
  return alias === 'default' ? CACHE_MANAGER : `CACHE_MANAGER:${alias}`;
}

/** The settings, resolved; inside this module only. */
export const RESOLVED_SETTINGS = Symbol('nestjs-sentinel-cache.resolved-settings');

/** What stands beside the settings; inside this module only. */
export const MODULE_EXTRAS = Symbol('nestjs-sentinel-cache.extras');
