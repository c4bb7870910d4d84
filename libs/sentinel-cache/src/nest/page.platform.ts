import { Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { installExpressPages, type ExpressLike } from '../http/platform/express.platform.js';
import { installFastifyPages, type FastifyLike } from '../http/platform/fastify.platform.js';
import { platformOf } from './session.platform.js';

/**
 * Prepares the application for pages as soon as there is one: before sessions, and before plugins that encode
 * bodies.
 */
@Injectable()
export class PagePlatform {
  constructor(@Optional() host?: HttpAdapterHost) {
    host?.init$.subscribe(() => install(host));
  }
}

function install(host: HttpAdapterHost): void {
  const platform = platformOf(host);
  if (platform === 'express') installExpressPages(host.httpAdapter.getInstance<ExpressLike>());
  if (platform === 'fastify') installFastifyPages(host.httpAdapter.getInstance<FastifyLike>());
}
