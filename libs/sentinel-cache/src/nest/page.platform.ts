import { Inject, Injectable, Optional, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { installExpressPages, watchExpressRequests, type ExpressLike } from '../http/platform/express.platform.js';
import { installFastifyPages, watchFastifyRequests, type FastifyLike } from '../http/platform/fastify-hooks.js';
import { WatchedRequests } from '../http/watch/watched-request.js';
import { MODULE_EXTRAS } from './cache.tokens.js';
import type { ModuleExtras } from './sentinel-cache.module-definition.js';
import { platformOf } from './session.platform.js';

/**
 * Prepares the application for pages as soon as there is one: before sessions, and before plugins that encode
 * bodies.
 */
@Injectable()
export class PagePlatform implements OnModuleInit {
  private isPrepared = false;

  constructor(
    @Inject(MODULE_EXTRAS) private readonly extras: ModuleExtras,
    private readonly watched: WatchedRequests,
    @Optional() private readonly host?: HttpAdapterHost,
  ) {
    // Nest 11.0 has no init$. Its applications have their adapter by now, but for those of @nestjs/testing.
    const init$ = host?.init$ as HttpAdapterHost['init$'] | undefined;
    if (init$) init$.subscribe(() => this.prepare());
    else this.prepare();
  }

  onModuleInit(): void {
    this.prepare();
  }

  private prepare(): void {
    const { host } = this;
    const platform = platformOf(host);
    if (this.isPrepared || !host || !platform) return;
    this.isPrepared = true;
    const watches = this.extras.pages?.watch === true;
    if (platform === 'express') {
      const app = host.httpAdapter.getInstance<ExpressLike>();
      installExpressPages(app);
      if (watches) watchExpressRequests(app, this.watched);
    } else {
      const fastify = host.httpAdapter.getInstance<FastifyLike>();
      installFastifyPages(fastify);
      if (watches) watchFastifyRequests(fastify, this.watched);
    }
  }
}
