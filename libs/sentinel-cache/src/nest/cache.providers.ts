import { Cache } from '@nestjs/cache-manager';
import { Logger, type FactoryProvider } from '@nestjs/common';

import { buildCaches, type CacheEvent, type CreateCachesOptions } from '../cache/create-caches.js';
import { SentinelCache } from '../cache/sentinel-cache.js';
import { SentinelCaches } from '../cache/sentinel-caches.js';
import { createCacheManager } from '../interop/cache-manager.adapter.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { cacheTokenOf, managerTokenOf } from './cache.tokens.js';

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
 * `SentinelCache` and `Cache`. They give undefined for an alias that the settings lack: something else in the
 * process may have asked for it. Where it is injected here, the settings were refused before.
 */
export function aliasProviders(aliases: Iterable<string>): FactoryProvider[] {
  return [...new Set(aliases)].flatMap((alias) => [
    { provide: cacheTokenOf(alias), inject: [SentinelCaches], useFactory: (caches: SentinelCaches) => cacheIn(caches, alias) },
    {
      provide: managerTokenOf(alias),
      inject: [SentinelCaches],
      useFactory: (caches: SentinelCaches) => {
        const cache = cacheIn(caches, alias);
        return cache && createNestCacheManager(cache);
      },
    },
    ...(alias === 'default' ? classProviders() : []),
  ]);
}

function cacheIn(caches: SentinelCaches, alias: string): SentinelCache | undefined {
  return caches.aliases().includes(alias) ? caches.get(alias) : undefined;
}

function createNestCacheManager(cache: SentinelCache): Cache {
  return createCacheManager(cache, cache.ignoringOutages());
}

function classProviders(): FactoryProvider[] {
  return [
    { provide: SentinelCache, inject: [cacheTokenOf('default')], useFactory: (cache: SentinelCache) => cache },
    { provide: Cache, inject: [managerTokenOf('default')], useFactory: (cache: Cache) => cache },
  ];
}
