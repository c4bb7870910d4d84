import {
  ConfigurableModuleBuilder,
  type InjectionToken,
  type ModuleMetadata,
  type OptionalFactoryDependency,
  type Type,
  type ValueProvider,
} from '@nestjs/common';

import type { CacheFaults } from '../cache/create-caches.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import type { LoginUser } from '../session/auth/authentication.js';
import type { LoadUser } from '../session/auth/user-loader.js';
import type { SessionRepository } from '../session/engines/session-repository.js';
import type { Clock } from '../time/clock.js';
import { aliasProviders } from './cache.providers.js';
import { MODULE_EXTRAS } from './cache.tokens.js';

/** What `SentinelCacheModule.forRoot` takes beside the settings. */
export interface SentinelCacheModuleOptions {
  /** Makes the caches visible in every module without an import. Default true. */
  isGlobal?: boolean;
  /** Loads the user of an id, with Django's `password` column: for logins that are shared with Django. */
  loadUser?: LoadUser<LoginUser>;
  /** Keeps the sessions of the engines `db` and `cached_db`: an adapter of a side door (`nestjs-sentinel-cache/pg`, ...). */
  sessionRepository?: SessionRepository;
  /** For tests: the time in which entries of locmem caches, and sessions, live. Redis keeps its own. */
  clock?: Clock;
  /** For tests: faults between each cache and its entries (`Faults` of `nestjs-sentinel-cache/testing`). */
  faults?: CacheFaults;
}

/** A provider that makes the settings, for `useClass` and `useExisting` of `SentinelCacheModule.forRootAsync`. */
export interface SentinelCacheSettingsFactory {
  /** Gives the settings. What it throws or rejects with ends the boot; so does an ImproperlyConfiguredError for settings that are wrong. */
  createSentinelCacheSettings(): DjangoSettings | Promise<DjangoSettings>;
}

/** What `SentinelCacheModule.forRootAsync` takes: one of `useFactory`, `useClass` and `useExisting`, and the options beside the settings. */
export interface SentinelCacheModuleAsyncOptions extends SentinelCacheModuleOptions {
  /** The aliases that can be injected by `@InjectCache(alias)`. Default `['default']`. */
  aliases?: readonly string[];
  /** The modules whose providers are injected. */
  imports?: ModuleMetadata['imports'];
  /** The tokens of what `useFactory` is called with. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  /** Makes the settings. */
  useFactory?: (...args: never[]) => DjangoSettings | Promise<DjangoSettings>;
  /** A class to make, whose `createSentinelCacheSettings` gives the settings. */
  useClass?: Type<SentinelCacheSettingsFactory>;
  /** The token of a provider whose `createSentinelCacheSettings` gives the settings. */
  useExisting?: Type<SentinelCacheSettingsFactory>;
}

const DEFAULTS: Pick<SentinelCacheModuleAsyncOptions, keyof SentinelCacheModuleOptions | 'aliases'> = {
  isGlobal: true,
  aliases: ['default'],
};

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DjangoSettings>({
    moduleName: 'SentinelCache',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSentinelCacheSettings')
    .setExtras(DEFAULTS, (definition, extras) => {
      const providers = aliasProviders(extras.aliases ?? DEFAULTS.aliases!);
      const own: ValueProvider = { provide: MODULE_EXTRAS, useValue: extras };
      return {
        ...definition,
        global: extras.isGlobal ?? true,
        providers: [...(definition.providers ?? []), own, ...providers],
        exports: [...(definition.exports ?? []), ...providers.map(({ provide }) => provide)],
      };
    })
    .build();
