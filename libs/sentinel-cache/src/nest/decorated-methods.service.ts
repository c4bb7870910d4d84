import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';

import { SentinelCaches } from '../cache/sentinel-caches.js';
import { AfterHandlerInterceptor } from './after-handler.interceptor.js';
import type { ResolvedSettings } from '../settings/shapes/resolved-settings.js';
import { DECORATED_METHODS, RESOLVED_SETTINGS } from './cache.tokens.js';
import type { DecoratedMethods } from './decorated-methods.providers.js';

/** Gives decorated methods their caches, as soon as there are any. */
@Injectable()
export class DecoratedMethodsService implements OnModuleInit {
  constructor(
    @Inject(DECORATED_METHODS) private readonly decorated: DecoratedMethods,
    @Inject(RESOLVED_SETTINGS) private readonly settings: ResolvedSettings,
    caches: SentinelCaches,
    config: ApplicationConfig,
  ) {
    const { methods, followHandlers } = decorated;
    methods.begin(caches);
    // Not as APP_INTERCEPTOR: the first is the outermost, and those of the application come after this.
    if (followHandlers) config.addGlobalInterceptor(new AfterHandlerInterceptor(methods.scope));
  }

  /** Called by Nest at boot. Throws ImproperlyConfiguredError. */
  onModuleInit(): void {
    this.decorated.finish(this.settings);
  }
}
