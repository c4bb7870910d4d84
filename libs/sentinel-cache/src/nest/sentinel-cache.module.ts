import { Inject, Module, Optional, type DynamicModule, type MiddlewareConsumer } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core';

import { SentinelCaches } from '../cache/sentinel-caches.js';
import { SentinelMonitor } from '../connection/monitor/sentinel-monitor.js';
import { Sessions } from '../session/sessions.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import type { DjangoSettings } from '../settings/shapes/django-settings.js';
import { CacheLifecycleService } from './cache-lifecycle.service.js';
import { createNestCaches } from './cache.providers.js';
import { CONFIGURED_SESSIONS, MODULE_EXTRAS, RESOLVED_SETTINGS } from './cache.tokens.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  withExtras,
  type SentinelCacheModuleAsyncOptions,
  type SentinelCacheModuleOptions,
} from './sentinel-cache.module-definition.js';
import { SessionErrorsFilter } from './session-errors.filter.js';
import { platformOf, useExpressSessions, useFastifySessions } from './session.platform.js';
import { createNestSessions, requireSessions } from './session.providers.js';

/**
 * Django's caches in Nest.
 *
 * Provides `SentinelCaches` (all of them), `SentinelMonitor`, `@InjectCache(alias)` (one), `CACHE_MANAGER`
 * and `Cache` of `@nestjs/cache-manager` over the default alias, so that its CacheInterceptor, `@CacheKey`
 * and `@CacheTTL` work unchanged. With SESSION_ENGINE it provides `Sessions`, puts a session on each request,
 * and registers a global exception filter for the errors of sessions. Wrong settings end the boot with an
 * ImproperlyConfiguredError that lists every problem; a Redis that is down does not.
 *
 * @example
 * ```ts
 * SentinelCacheModule.forRoot({
 *   CACHES: { default: { BACKEND: 'redis', LOCATION: 'redis://localhost:6379/0' } },
 * })
 * ```
 */
@Module({
  providers: [
    { provide: RESOLVED_SETTINGS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveSettings },
    { provide: SentinelCaches, inject: [RESOLVED_SETTINGS, MODULE_EXTRAS], useFactory: createNestCaches },
    { provide: SentinelMonitor, inject: [SentinelCaches], useFactory: (caches: SentinelCaches) => caches.monitor },
    { provide: CONFIGURED_SESSIONS, inject: [RESOLVED_SETTINGS, SentinelCaches, MODULE_EXTRAS], useFactory: createNestSessions },
    { provide: Sessions, inject: [CONFIGURED_SESSIONS, RESOLVED_SETTINGS, ModulesContainer], useFactory: requireSessions },
    CacheLifecycleService,
    { provide: APP_FILTER, useClass: SessionErrorsFilter },
  ],
  exports: [SentinelCaches, SentinelMonitor, Sessions],
})
export class SentinelCacheModule extends ConfigurableModuleClass {
  /** @internal */
  constructor(
    @Inject(CONFIGURED_SESSIONS) private readonly sessions: Sessions | undefined,
    @Optional() private readonly host?: HttpAdapterHost,
  ) {
    super();
  }

  /** Called by Nest at boot. */
  configure(consumer: MiddlewareConsumer): void {
    if (this.sessions && platformOf(this.host) === 'express') useExpressSessions(this.host!, consumer, this.sessions);
  }

  /** Called by Nest at boot. */
  onModuleInit(): void {
    if (this.sessions && platformOf(this.host) === 'fastify') useFastifySessions(this.host!, this.sessions);
  }

  /** Returns the module for settings at hand: Django's, as an object. Every alias in them can be injected. */
  static override forRoot(settings: DjangoSettings, options: SentinelCacheModuleOptions = {}): DynamicModule {
    // As a value, so that two modules of one application differ by their settings however Nest tells modules
    // apart.
    const providers = [{ provide: MODULE_OPTIONS_TOKEN, useValue: settings }];
    return withExtras({ module: this, providers }, { ...options, aliases: aliasesIn(settings) });
  }

  /**
   * Returns the module for settings from elsewhere: `useFactory`, `useClass` or `useExisting` with a method
   * `createSentinelCacheSettings`. `aliases` names those that can be injected (`['default']`); one that the
   * settings lack ends the boot with an ImproperlyConfiguredError. The others are reached through
   * `SentinelCaches`.
   */
  static override forRootAsync(options: SentinelCacheModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
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
