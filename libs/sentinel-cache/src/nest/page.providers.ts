import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { PageCache } from '../http/page-cache.js';
import { resolvePages } from '../http/read-page-options.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import type { SentinelCacheModuleOptions } from './sentinel-cache.module-definition.js';

/** Creates the pages of an application. */
export function createNestPages(
  settings: ResolvedSettings,
  caches: SentinelCaches,
  { pages, clock = SYSTEM_CLOCK }: SentinelCacheModuleOptions,
): PageCache {
  return new PageCache(caches, resolvePages(pages, settings.pages), clock);
}
