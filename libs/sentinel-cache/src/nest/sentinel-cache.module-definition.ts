import { ConfigurableModuleBuilder, type ConfigurableModuleAsyncOptions, type DynamicModule } from '@nestjs/common';

import type { CacheFaults } from '../cache/create-caches.js';
import type { LoginUser } from '../session/auth/authentication.js';
import type { LoadUser } from '../session/auth/user-loader.js';
import type { SessionRepository } from '../session/engines/session-repository.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import type { Clock } from '../time/clock.js';
import { aliasProviders } from './cache.providers.js';
import { MODULE_EXTRAS } from './cache.tokens.js';
import { copyProviders } from './copies.providers.js';

/** What stands beside the settings, not in them. */
export interface SentinelCacheModuleExtras {
  /** Whether every module sees the caches without importing this one. Default: true. */
  isGlobal?: boolean;
  /**
   * The aliases that `@InjectCache(alias)` can inject. Default: `['default']`; with `forRoot` always all of
   * CACHES.
   */
  aliases?: readonly string[];
  /** Loads the user of an id, with Django's `password` column: for logins that are shared with Django. */
  loadUser?: LoadUser<LoginUser>;
  /**
   * Where the engines `db` and `cached_db` keep sessions: an adapter of a side door
   * (`nestjs-sentinel-cache/pg`, ...).
   */
  sessionRepository?: SessionRepository;
  /** For tests: the time in which entries of locmem caches, and sessions, live. Redis keeps its own. */
  clock?: Clock;
  /** For tests: faults between each cache and its entries (`Faults` of `nestjs-sentinel-cache/testing`). */
  faults?: CacheFaults;
}

/** What `forRoot` takes beside the settings. */
export type SentinelCacheModuleOptions = Omit<SentinelCacheModuleExtras, 'aliases'>;

/**
 * What `forRootAsync` takes: `useFactory` with `inject`, `useClass` or `useExisting`, and what stands beside
 * the settings.
 */
export type SentinelCacheModuleAsyncOptions = ConfigurableModuleAsyncOptions<DjangoSettings, 'createSentinelCacheSettings'> &
  SentinelCacheModuleExtras;

/** What a class for `useClass` or `useExisting` implements. */
export interface SentinelCacheSettingsFactory {
  /** Returns Django's settings, or a promise of them. Any Error it throws, or rejects with, ends the boot. */
  createSentinelCacheSettings(): DjangoSettings | Promise<DjangoSettings>;
}

/** Adds what every definition of the module has: its extras, and a provider for each alias. */
export function withExtras(definition: DynamicModule, extras: SentinelCacheModuleExtras): DynamicModule {
  const names = extras.aliases ?? ['default'];
  const tokens = [...aliasProviders(names), ...copyProviders(names)];
  return {
    ...definition,
    global: extras.isGlobal ?? true,
    providers: [...(definition.providers ?? []), { provide: MODULE_EXTRAS, useValue: extras }, ...tokens],
    exports: tokens.map(({ provide }) => provide),
  };
}

/** `forRootAsync`, and the token of the settings. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<DjangoSettings>({
  moduleName: 'SentinelCache',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSentinelCacheSettings')
  .setExtras<SentinelCacheModuleExtras>({}, withExtras)
  .build();
