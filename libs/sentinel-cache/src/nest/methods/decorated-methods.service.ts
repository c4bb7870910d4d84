import type { OnModuleInit } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

import type { SentinelCaches } from '../../cache/sentinel-caches.js';
import type { PageCache } from '../../http/page-cache.js';
import type { Pages } from '../../http/pages.service.js';
import type { ResolvedSettings } from '../../settings/shapes/resolved-settings.js';
import type { PageChecksService } from '../boot/page-checks.service.js';
import { serializesAll } from '../boot/serialized-routes.providers.js';
import { AfterHandlerInterceptor } from './after-handler.interceptor.js';
import type { DecoratedMethods } from './decorated-methods.providers.js';

/** Gives decorated methods their caches and pages, as soon as there are any. */
export class DecoratedMethodsService implements OnModuleInit {
  private hasPages: boolean | undefined;

  constructor(
    private readonly decorated: DecoratedMethods,
    private readonly settings: ResolvedSettings,
    caches: SentinelCaches,
    config: ApplicationConfig,
    private readonly checks: PageChecksService,
    pages: Pages,
    pageCache: PageCache,
  ) {
    const { methods, followHandlers } = decorated;
    methods.begin({
      caches,
      hasTags: (alias) => settings.caches.get(alias)?.tags === true,
      isSerialized: () => serializesAll(config),
      // Until it is known, there may be some.
      hasPages: () => this.hasPages ?? true,
      evictPages: (what, alias) => {
        if (alias !== undefined) pageCache.know(alias);
        return pages.evict(what);
      },
    });
    // Not as APP_INTERCEPTOR: the first is the outermost, and those of the application come after this.
    if (followHandlers) config.addGlobalInterceptor(new AfterHandlerInterceptor(methods.scope));
  }

  /** Called by Nest at boot. Throws ImproperlyConfiguredError. */
  onModuleInit(): void {
    this.hasPages = this.checks.hasPages;
    this.decorated.finish(this.settings, this.hasPages);
  }
}
