import { Injectable, Optional, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { installExpressPages, type ExpressLike } from '../http/platform/express.platform.js';
import { installFastifyPages, type FastifyLike } from '../http/platform/fastify.platform.js';
import { platformOf } from './session.platform.js';

/**
 * Prepares the application for pages as soon as there is one: before sessions, and before plugins that encode
 * bodies.
 */
@Injectable()
export class PagePlatform implements OnModuleInit {
  private isPrepared = false;

  constructor(@Optional() private readonly host?: HttpAdapterHost) {
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
    if (platform === 'express') installExpressPages(host.httpAdapter.getInstance<ExpressLike>());
    else installFastifyPages(host.httpAdapter.getInstance<FastifyLike>());
  }
}
