import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import type { Observable } from 'rxjs';

import { isUnsafe } from './key/page-tags.js';
import type { PageCache, PageRoute } from './page-cache.js';
import type { RunHandler } from './page-runs.js';
import { keyNameOf, lifetimeFromTtl, readRouteRules, type Handler, type RouteMetadata } from './page-route.providers.js';
import type { PageExchange } from './platform/exchange.js';
import { ExpressExchange, type ExpressRequest, type ExpressResponse } from './platform/express.platform.js';
import type { FastifyReplyLike, FastifyRequestLike } from './platform/fastify-hooks.js';
import { FastifyExchange } from './platform/fastify.platform.js';
import { PAGE_CACHE } from './page-cache.tokens.js';

/** Knows the rules of each route, and which requests are being answered. */
@Injectable()
export class PageRoutes {
  private readonly known = new WeakMap<object, WeakMap<object, RouteMetadata>>();
  private readonly answering = new WeakSet();

  constructor(@Inject(PAGE_CACHE) private readonly pages: PageCache) {}

  /** Answers a request by the rules of its route, once. */
  answer(context: ExecutionContext, run: RunHandler): Observable<unknown> | Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return run();
    const metadata = this.metadataOf(context);
    const http = context.switchToHttp();
    const request = http.getRequest<object>();
    // The outermost interceptor has it already.
    if (this.answering.has(request)) return run();
    this.answering.add(request);
    const exchange = exchangeOf(request, http.getResponse<object>());
    const { isCached, rules, keyName, ttl } = metadata;
    if (!isCached) {
      // Nobody sees what the handler sends: what it may have changed is dropped once that is out.
      if (isUnsafe(exchange.request.method)) exchange.onceSent(() => void this.pages.evictions.evictChanged(exchange, rules));
      return run();
    }
    if (typeof keyName !== 'function' && typeof ttl !== 'function')
      return this.pages.answer(exchange, { rules, name: keyName }, run);
    return routeOf(metadata, context).then((route) => this.pages.answer(exchange, route, run));
  }

  private metadataOf(context: ExecutionContext): RouteMetadata {
    const handler = context.getHandler() as Handler;
    const controller = context.getClass();
    let routes = this.known.get(controller);
    if (!routes) this.known.set(controller, (routes = new WeakMap()));
    let metadata = routes.get(handler);
    if (!metadata) routes.set(handler, (metadata = readRouteRules(controller, handler, this.pages.config)));
    return metadata;
  }
}

/** The route as its factories of `@CacheKey` and `@CacheTTL` make it for a request. Rejects as they do. */
async function routeOf(metadata: RouteMetadata, context: ExecutionContext): Promise<PageRoute> {
  const name = await keyNameOf(metadata, context);
  if (typeof metadata.ttl !== 'function') return { rules: metadata.rules, name };
  return { rules: { ...metadata.rules, lifetime: lifetimeFromTtl(await metadata.ttl(context)) }, name };
}

function exchangeOf(request: object, response: object): PageExchange {
  return 'raw' in response
    ? new FastifyExchange(request as FastifyRequestLike, response as FastifyReplyLike)
    : new ExpressExchange(request as ExpressRequest, response as ExpressResponse);
}
