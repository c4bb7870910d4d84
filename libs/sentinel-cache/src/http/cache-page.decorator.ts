import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';

import type { Timeout } from '../time/lifetime.js';
import { PageCacheInterceptor } from './page-cache.interceptor.js';
import { PAGE_OPTIONS } from './page-cache.tokens.js';
import type { CachePageOptions, PageDecoration } from './page-options.js';

/**
 * Caches the responses of a route, or of all routes of a controller: status, headers and body, as they leave.
 *
 * `timeout`: how long a page lives here, whatever `max-age` browsers are told, in seconds or with a unit.
 * Omitted: as long as the response says (`s-maxage`, `max-age`, `Expires`), else CACHE_MIDDLEWARE_SECONDS. A
 * request with cookies, an Authorization or a user is neither served from the cache nor stored, unless the
 * route says who shares (`shared`, `@VaryOnCookie`, `@VaryOn`).
 *
 * Wrong options, and a route that answers past Nest (`@Res()` without passthrough), end the boot with an
 * ImproperlyConfiguredError.
 *
 * @example
 * ```ts
 * @Get() @CachePage('15m', { keyPrefix: 'catalogue' }) list() { return this.catalogue.all(); }
 * ```
 */
export function CachePage(timeout?: Timeout, options: CachePageOptions = {}): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata<string, PageDecoration>(PAGE_OPTIONS, { timeout, options }),
    UseInterceptors(PageCacheInterceptor),
  );
}
