import { isPromise } from 'node:util/types';

import { Inject, Module, Optional, type DynamicModule, type FactoryProvider, type MiddlewareConsumer } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';

import { SentinelCaches } from '../cache/sentinel-caches.js';
import { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import { ImproperlyConfiguredError, type SettingProblem } from '../errors/improperly-configured.error.js';
import { PAGE_CACHE, PAGE_WAITS_MS } from '../http/page-cache.tokens.js';
import { PageRoutes } from '../http/page-routes.service.js';
import { Pages } from '../http/pages.service.js';
import { WatchedRequests } from '../http/watch/watched-request.js';
import { Sessions } from '../session/sessions.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { MODULE_OPTIONS } from '../settings/shapes/module-options.js';
import { problemsOfAsyncOptions, problemsOfOptions } from './boot/module-problems.js';
import { CacheLifecycleService } from './cache-lifecycle.service.js';
import { createNestCaches } from './cache.providers.js';
import {
  CONFIGURED_SESSIONS,
  DECORATED_METHODS,
  LOAD_USER,
  MODULE_EXTRAS,
  RESOLVED_SETTINGS,
  SCOPE_CHECK,
} from './cache.tokens.js';
import { DecoratedMethodsService } from './methods/decorated-methods.service.js';
import { OutageFilter, SessionErrorsFilter } from './outage.filter.js';
import { PageChecksService } from './boot/page-checks.service.js';
import { PagePlatform } from './page.platform.js';
import type { SentinelCacheModuleOptions } from './boot/sentinel-cache-module-options.js';
import { createNestPages } from './page.providers.js';
import {
  injectedOf,
  MODULE_OPTIONS_TOKEN,
  settingsProviders,
  withExtras,
  type ModuleExtras,
  type SentinelCacheModuleAsyncOptions,
} from './sentinel-cache.module-definition.js';
import { platformOf, useExpressSessions, useFastifySessions } from './session.platform.js';
import { createNestSessions } from './session.providers.js';
import { createDecoratedMethods, createScopeCheck, refuseOtherManagers, resolveForModule } from './settings.providers.js';

/**
 * Django's caches in Nest.
 *
 * Provides `SentinelCaches` (all of them), `SentinelMonitor`, `@InjectCache(alias)` (one), `CACHE_MANAGER`
 * and `Cache` of `@nestjs/cache-manager` over the default alias, so that its CacheInterceptor, `@CacheKey`
 * and `@CacheTTL` work unchanged. With SESSION_ENGINE it provides `Sessions` and puts a session on each
 * request. A global exception filter answers 503 with Retry-After in an outage; a filter of the application's
 * own wins. Wrong settings end the boot with an ImproperlyConfiguredError that lists every problem; a Redis
 * that is down does not.
 *
 * @example
 * ```ts
 * SentinelCacheModule.forRoot({
 *   CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://localhost:6379/0' } },
 * })
 * ```
 *
 */
@Module({
  providers: [
    { provide: DECORATED_METHODS, inject: [ModulesContainer, MODULE_EXTRAS], useFactory: createDecoratedMethods },
    {
      provide: RESOLVED_SETTINGS,
      inject: [MODULE_OPTIONS_TOKEN, MODULE_EXTRAS, ModulesContainer, DECORATED_METHODS],
      useFactory: resolveForModule,
    },
    { provide: SentinelCaches, inject: [RESOLVED_SETTINGS, MODULE_EXTRAS], useFactory: createNestCaches },
    { provide: SentinelMonitor, inject: [SentinelCaches], useFactory: (caches: SentinelCaches) => caches.monitor },
    {
      provide: CONFIGURED_SESSIONS,
      inject: [RESOLVED_SETTINGS, SentinelCaches, MODULE_EXTRAS, LOAD_USER],
      useFactory: createNestSessions,
    },
    { provide: Sessions, useExisting: CONFIGURED_SESSIONS },
    {
      provide: PAGE_CACHE,
      inject: [RESOLVED_SETTINGS, SentinelCaches, MODULE_EXTRAS, WatchedRequests, PAGE_WAITS_MS],
      useFactory: createNestPages,
    },
    { provide: PAGE_WAITS_MS, useValue: 50 },
    { provide: WatchedRequests, useFactory: () => new WatchedRequests() },
    PageRoutes,
    Pages,
    PagePlatform,
    PageChecksService,
    { provide: SCOPE_CHECK, inject: [ModulesContainer, MODULE_EXTRAS], useFactory: createScopeCheck },
    {
      provide: DecoratedMethodsService,
      inject: [DECORATED_METHODS, RESOLVED_SETTINGS, SentinelCaches, ApplicationConfig, PageChecksService, Pages, PAGE_CACHE],
      useFactory: (...parts: ConstructorParameters<typeof DecoratedMethodsService>) => new DecoratedMethodsService(...parts),
    },
    CacheLifecycleService,
  ],
  exports: [SentinelCaches, SentinelMonitor, Sessions, PageRoutes, Pages],
})
export class SentinelCacheModule {
  /** @internal */
  constructor(
    @Inject(CONFIGURED_SESSIONS) private readonly sessions: Sessions | undefined,
    @Inject(MODULE_EXTRAS) private readonly extras: ModuleExtras,
    private readonly modules: ModulesContainer,
    config: ApplicationConfig,
    @Optional() private readonly host?: HttpAdapterHost,
  ) {
    // Not as APP_FILTER: Nest asks the last filter first, and those of the application come after this.
    if (host) config.addGlobalFilter(extras.outageFilter === false ? new SessionErrorsFilter(host) : new OutageFilter(host));
  }

  /** Called by Nest at boot. */
  configure(consumer: MiddlewareConsumer): void {
    if (this.sessions && platformOf(this.host) === 'express') useExpressSessions(this.host!, consumer, this.sessions);
  }

  /**
   * Called by Nest at boot. Throws ImproperlyConfiguredError when a second global module provides
   * CACHE_MANAGER.
   */
  onModuleInit(): void {
    refuseOtherManagers(this.extras, this.modules);
    if (this.sessions && platformOf(this.host) === 'fastify') useFastifySessions(this.host!, this.sessions);
  }

  /** Returns the module for settings at hand: Django's, as an object. Every alias in them can be injected. */
  static forRoot(settings: DjangoSettings, options: SentinelCacheModuleOptions = {}): DynamicModule {
    // As a value, so that two modules of one application differ by their settings however Nest tells modules
    // apart.
    const providers = [isPromise(settings) ? refusingPromise(settings) : { provide: MODULE_OPTIONS_TOKEN, useValue: settings }];
    const extras = { ...options, injected: [], listed: [], source: 'forRoot', problems: problemsOfOptions(options) };
    return withExtras({ module: this, providers }, extras, aliasesIn(settings));
  }

  /**
   * Returns the module for settings from elsewhere: `useFactory`, `useClass` or `useExisting` with a method
   * `createSentinelCacheSettings`. What `@InjectCache` names can be injected; `aliases` adds others. One that
   * the settings lack ends the boot with an ImproperlyConfiguredError where it is injected or listed, and so
   * do wrong arguments.
   */
  static forRootAsync(options: SentinelCacheModuleAsyncOptions): DynamicModule {
    const problems = problemsOfAsyncOptions(options);
    const extras: ModuleExtras = { ...moduleOptionsOf(options), injected: [], listed: [], source: sourceOf(options), problems };
    if (problems.length > 0) return withExtras({ module: this, providers: [refusing(problems)] }, extras, ['default']);
    const providers = settingsProviders(options);
    const listed = options.aliases ?? [];
    const imports = options.imports ?? [];
    return withExtras({ module: this, imports, providers }, { ...extras, injected: injectedOf(options), listed }, [
      'default',
      ...listed,
    ]);
  }
}

/**
 * The aliases as they stand there, right or wrong: Nest wants to know its providers before the settings are
 * resolved.
 */
function aliasesIn(settings: DjangoSettings): string[] {
  const caches = Object.entries(Object((settings as { CACHES?: unknown } | null)?.CACHES ?? settings) as object);
  return ['default', ...caches.flatMap(([alias, cache]) => (Object.hasOwn(Object(cache) as object, 'BACKEND') ? [alias] : []))];
}

function moduleOptionsOf(options: SentinelCacheModuleAsyncOptions): Omit<SentinelCacheModuleAsyncOptions, 'aliases'> {
  const given = Object(options) as typeof options;
  return Object.fromEntries(MODULE_OPTIONS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}

function sourceOf(options: SentinelCacheModuleAsyncOptions): string {
  return (Object(options) as typeof options).useFactory ? 'useFactory' : 'createSentinelCacheSettings';
}

/** Ends the boot: Nest would wait for the settings, and their aliases would be known too late. */
function refusingPromise(settings: unknown): FactoryProvider {
  return { provide: MODULE_OPTIONS_TOKEN, useFactory: () => resolveSettings(settings) };
}

/** Ends the boot: without its source there are no settings to look at. */
function refusing(problems: readonly SettingProblem[]): FactoryProvider {
  return {
    provide: MODULE_OPTIONS_TOKEN,
    useFactory: () => {
      throw new ImproperlyConfiguredError(problems);
    },
  };
}
