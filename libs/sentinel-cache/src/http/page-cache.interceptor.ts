import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';

import { PageRoutes } from './page-routes.service.js';

/**
 * Answers GET and HEAD from stored pages, and stores the responses of handlers. `@CachePage` puts it on a
 * route; by itself it can stand on a method, a class or the whole application, with CACHE_MIDDLEWARE_ALIAS,
 * _SECONDS and _KEY_PREFIX.
 *
 * Of several on one route the outermost works, with the options nearest to the handler. What is not HTTP, and
 * `@Sse`, passes by. An outage of the cache costs a request at most 50 ms, and never its response.
 *
 * @example
 * ```ts
 * @UseInterceptors(PageCacheInterceptor)
 * @Get('products') products() { return this.catalogue.all(); }
 * ```
 */
@Injectable()
export class PageCacheInterceptor implements NestInterceptor {
  /** @internal */
  constructor(private readonly routes: PageRoutes) {}

  /**
   * Called by Nest for each request. Never rejects by itself: only with what the factories of `@CacheKey` and
   * `@CacheTTL` throw.
   */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    return this.routes.answer(context, () => next.handle());
  }
}
