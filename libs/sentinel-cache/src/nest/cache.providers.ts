import { Cache } from '@nestjs/cache-manager';
import { Logger, type FactoryProvider } from '@nestjs/common';

import { buildCaches, type CacheEvent, type CreateCachesOptions } from '../cache/create-caches.js';
import { SentinelCache } from '../cache/sentinel-cache.js';
import { SentinelCaches } from '../cache/sentinel-caches.js';
import { createCacheManager } from '../interop/cache-manager.adapter.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { getCacheManagerToken, getCacheToken } from './cache.tokens.js';

/** Creates all caches of the settings. Changes of their connections go to Nest's Logger. */
export function createNestCaches(settings: ResolvedSettings, { clock, faults }: NestCachesExtras = {}): SentinelCaches {
  const logger = new Logger('SentinelCache');
  const write = { info: 'log', warn: 'warn', error: 'error' } as const;
  const onEvent = ({ level, message }: CacheEvent): void => logger[write[level]](message);
  return buildCaches(settings, { onEvent, ...(clock ? { clock } : {}), ...(faults ? { faults } : {}) });
}

/** What tests may give beside the settings. */
type NestCachesExtras = Pick<CreateCachesOptions, 'clock' | 'faults'>;

/**
 * Lists the providers of each alias: its cache and its cache-manager; for `default` also the classes
 * `SentinelCache` and `Cache`.
 */
export function aliasProviders(aliases: readonly string[]): FactoryProvider[] {
  return [...new Set(aliases)].flatMap((alias) => [
    { provide: getCacheToken(alias), inject: [SentinelCaches], useFactory: (caches: SentinelCaches) => caches.get(alias) },
    {
      provide: getCacheManagerToken(alias),
      inject: [SentinelCaches],
      useFactory: (caches: SentinelCaches) => createNestCacheManager(caches.get(alias)),
    },
    ...(alias === 'default' ? classProviders() : []),
  ]);
}

function createNestCacheManager(cache: SentinelCache): Cache {
  return createCacheManager(cache, cache.ignoringOutages());
}

function classProviders(): FactoryProvider[] {
  return [
    { provide: SentinelCache, inject: [getCacheToken()], useFactory: (cache: SentinelCache) => cache },
    { provide: Cache, inject: [getCacheManagerToken()], useFactory: (cache: Cache) => cache },
  ];
}
