import type { ConfigurableModuleAsyncOptions, DynamicModule, FactoryProvider, Provider, Type } from '@nestjs/common';

import { ImproperlyConfiguredError, type SettingProblem } from '../errors/improperly-configured.error.js';
import type { LoginUser } from '../session/auth/authentication.js';
import type { LoadUser } from '../session/auth/user-loader.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import { recordedAliases } from '../copies/injected-aliases.js';
import type { SentinelCacheModuleOptions } from './boot/sentinel-cache-module-options.js';
import { aliasProviders } from './cache.providers.js';
import { LOAD_USER, MODULE_EXTRAS } from './cache.tokens.js';
import { copyProviders } from './copies.providers.js';

/**
 * What `forRootAsync` takes: `useFactory` with `inject`, `useClass` or `useExisting`, and what stands beside
 * the settings.
 */
export type SentinelCacheModuleAsyncOptions = ConfigurableModuleAsyncOptions<DjangoSettings, 'createSentinelCacheSettings'> &
  Omit<SentinelCacheModuleOptions, 'loadUser'> & {
    /**
     * Loads the user of an id, with Django's `password` column: for logins that are shared with Django.
     * Behind the id it gets what `inject` names, or the instance of `useClass` or `useExisting`.
     */
    loadUser?: (id: string, ...injected: Parameters<FactoryProvider['useFactory']>) => ReturnType<LoadUser<LoginUser>>;
    /**
     * Aliases that can be injected besides those that `@InjectCache`, `getCacheToken` and
     * `getCacheManagerToken` have named: for `app.get` and for modules that are loaded later. One that the
     * settings lack ends the boot with an ImproperlyConfiguredError. Default: `['default']`.
     */
    aliases?: readonly string[];
  };

/** What a class for `useClass` or `useExisting` implements. */
export interface SentinelCacheSettingsFactory {
  /** Returns Django's settings, or a promise of them. Any Error it throws, or rejects with, ends the boot. */
  createSentinelCacheSettings(): DjangoSettings | Promise<DjangoSettings>;
}

/** What the definition adds to the options of the module. */
export interface ModuleExtras extends Omit<SentinelCacheModuleOptions, 'loadUser'> {
  readonly loadUser?: SentinelCacheModuleAsyncOptions['loadUser'];
  /** What `loadUser` gets behind the id. */
  readonly injected: NonNullable<FactoryProvider['inject']>;
  /** Aliases that the program lists itself. */
  readonly listed: readonly string[];
  /** Where the settings come from, for an error that they are none. */
  readonly source: string;
  /** What is wrong with the program's options. */
  readonly problems: readonly SettingProblem[];
}

/** Adds what every definition of the module has: its extras, and a provider for each alias. */
export function withExtras(definition: DynamicModule, extras: ModuleExtras, aliases: readonly string[]): DynamicModule {
  const { loadUser, injected } = extras;
  const own = [
    ...(definition.providers ?? []),
    { provide: MODULE_EXTRAS, useValue: extras },
    {
      provide: LOAD_USER,
      inject: loadUser ? injected : [],
      useFactory: (...services: Parameters<FactoryProvider['useFactory']>): LoadUser<LoginUser> | undefined =>
        loadUser && ((id) => loadUser(id, ...services)),
    },
  ];
  const injectable = (): FactoryProvider[] => {
    const names = [...aliases, ...recordedAliases()];
    return [...aliasProviders(names), ...copyProviders(names)];
  };
  return {
    ...definition,
    global: extras.isGlobal !== false,
    // Read when Nest scans the application: decorators may run later than `forRoot`.
    get providers() {
      return [...own, ...injectable()];
    },
    get exports() {
      return injectable().map(({ provide }) => provide);
    },
  };
}

/** The token of the settings as the user wrote them. */
export const MODULE_OPTIONS_TOKEN = 'SENTINEL_CACHE_MODULE_OPTIONS';

/** What the settings of `forRootAsync` are made from. */
export function injectedOf({
  useFactory,
  useClass,
  useExisting,
  inject,
}: SentinelCacheModuleAsyncOptions): ModuleExtras['injected'] {
  return useFactory ? ((inject ?? []) as ModuleExtras['injected']) : [(useExisting ?? useClass)!];
}

/**
 * Returns the provider of the settings, and what it needs beside it. Throws what the user's factory throws.
 */
export function settingsProviders(options: SentinelCacheModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, provideInjectionTokensFrom } = options;
  const inject = injectedOf(options);
  if (useFactory)
    return [{ provide: MODULE_OPTIONS_TOKEN, useFactory, inject }, ...((provideInjectionTokensFrom ?? []) as Provider[])];
  return [
    { provide: MODULE_OPTIONS_TOKEN, useFactory: createSettings, inject },
    ...(useClass ? [useClass as Type<unknown>] : []),
  ];
}

/** Asks a class of the user for the settings; a class without the method is a problem with a remedy. */
async function createSettings(factory: SentinelCacheSettingsFactory): Promise<DjangoSettings> {
  if (typeof (factory as Partial<SentinelCacheSettingsFactory> | undefined)?.createSentinelCacheSettings === 'function')
    return factory.createSentinelCacheSettings();
  throw new ImproperlyConfiguredError([
    {
      path: 'forRootAsync(options)',
      expected: 'a class with a method createSentinelCacheSettings',
      got: 'one without',
      remedy: 'Write createSentinelCacheSettings() { return { CACHES: { ... } }; } in it.',
    },
  ]);
}
