import { Inject, type MiddlewareConsumer, Module, Optional, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';

import { SentinelCaches } from '../cache/sentinel-caches.js';
import { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import { configuredAliases } from '../settings/configured-aliases.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { Sessions } from '../session/sessions.js';
import { CacheLifecycleService } from './cache-lifecycle.service.js';
import { createNestCaches } from './cache.providers.js';
import { MODULE_EXTRAS, RESOLVED_SETTINGS } from './cache.tokens.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type SentinelCacheModuleAsyncOptions,
  type SentinelCacheModuleOptions,
} from './sentinel-cache.module-definition.js';
import { SessionErrorsFilter } from './session-errors.filter.js';
import { platformOf, useExpressSessions, useFastifySessions } from './session.platform.js';
import { createNestSessions } from './session.providers.js';

/**
 * Django's caches in Nest.
 *
 * Provides `SentinelCaches` (all of them), `SentinelMonitor`, `@InjectCache(alias)` (one), `CACHE_MANAGER` and `Cache` of
 * `@nestjs/cache-manager` over the default alias, so that its CacheInterceptor, `@CacheKey` and `@CacheTTL` work unchanged. Wrong
 * settings end the boot with an ImproperlyConfiguredError that lists every problem; a Redis that is down does not.
 *
 * @example
 * ```ts
 * SentinelCacheModule.forRoot({ CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://localhost:6379/0' } } })
 * ```
 */
@Module({
  providers: [
    { provide: RESOLVED_SETTINGS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveSettings },
    { provide: SentinelCaches, inject: [RESOLVED_SETTINGS, MODULE_EXTRAS], useFactory: createNestCaches },
    { provide: Sessions, inject: [RESOLVED_SETTINGS, SentinelCaches, MODULE_EXTRAS], useFactory: createNestSessions },
    { provide: SentinelMonitor, inject: [SentinelCaches], useFactory: (caches: SentinelCaches) => caches.monitor },
    CacheLifecycleService,
    { provide: APP_FILTER, useClass: SessionErrorsFilter },
  ],
  exports: [SentinelCaches, SentinelMonitor, Sessions],
})
export class SentinelCacheModule extends ConfigurableModuleClass {
  /** @internal */
  constructor(
    @Inject(Sessions) private readonly sessions: Sessions | undefined,
    @Optional() private readonly host?: HttpAdapterHost,
  ) {
    super();
  }

  /** @internal Nest finds it by its name: NestModule would be a promise that the stripped types do not keep. */
  configure(consumer: MiddlewareConsumer): void {
    if (this.sessions && platformOf(this.host) === 'express') useExpressSessions(this.host!, consumer, this.sessions);
  }

  /** @internal */
  onModuleInit(): void {
    if (this.sessions && platformOf(this.host) === 'fastify') useFastifySessions(this.host!, this.sessions);
  }

  /** Settings at hand: Django's, as an object. Every alias in them can be injected. */
  static override forRoot(settings: DjangoSettings, options: SentinelCacheModuleOptions = {}): DynamicModule {
    const aliases = configuredAliases(settings);
    const definition = super.forRootAsync({
      ...options,
      isGlobal: options.isGlobal ?? true,
      aliases,
      useFactory: () => settings,
    });
    // As a value, so that two modules of one application differ by their settings however Nest tells modules apart.
    const value: Provider = { provide: MODULE_OPTIONS_TOKEN, useValue: settings };
    const isOptions = (provider: Provider): boolean => 'provide' in provider && provider.provide === MODULE_OPTIONS_TOKEN;
    return { ...definition, providers: definition.providers!.map((provider) => (isOptions(provider) ? value : provider)) };
  }

  /**
   * Settings from elsewhere: `useFactory`, `useClass` or `useExisting` with a method `createSentinelCacheSettings`. `aliases` names
   * those that can be injected (`['default']`); one that the settings lack ends the boot. Others are reached through `SentinelCaches`.
   */
  static override forRootAsync(options: SentinelCacheModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options as typeof ASYNC_OPTIONS_TYPE);
  }
}
