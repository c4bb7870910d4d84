import type { OnModuleInit } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

import type { SentinelCaches } from '../../cache/sentinel-caches.js';
import type { ResolvedSettings } from '../../settings/shapes/resolved-settings.js';
import { AfterHandlerInterceptor } from './after-handler.interceptor.js';
import type { DecoratedMethods } from './decorated-methods.providers.js';

/** Gives decorated methods their caches, as soon as there are any. */
export class DecoratedMethodsService implements OnModuleInit {
  constructor(
    private readonly decorated: DecoratedMethods,
    private readonly settings: ResolvedSettings,
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
