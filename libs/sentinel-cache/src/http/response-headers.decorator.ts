import {
  applyDecorators,
  mixin,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { tap, type Observable } from 'rxjs';

import { patchCacheControl, type CacheControlDirectives, type HeaderValue } from '../headers/cache-control.js';
import { formatHttpDate } from '../headers/http-date.js';
import { patchVary } from '../headers/vary.js';
import { SYSTEM_CLOCK } from '../time/clock.js';
import { PAGE_VARY } from './page-cache.tokens.js';

/** What is used of a response, Express' or Fastify's. */
interface ResponseLike {
  getHeader(name: string): HeaderValue;
  removeHeader(name: string): unknown;
  setHeader?(name: string, value: string): unknown;
  header?(name: string, value: string): unknown;
}

type Patch = (get: (name: string) => HeaderValue) => Readonly<Record<string, string>>;

/**
 * Adds names to the `Vary` header of a route's responses: each value of these request headers has pages of
 * its own. With `Authorization`, each user has.
 *
 * @example
 * ```ts
 * @Get() @CachePage('15m') @VaryOn('Accept-Language') list() { return this.catalogue.all(); }
 * ```
 */
export function VaryOn(...names: string[]): MethodDecorator & ClassDecorator {
  const vary = (get: (name: string) => HeaderValue): HeaderValue => names.reduce<HeaderValue>(patchVary, get('vary'));
  return applyDecorators(
    patching((get) => ({ vary: String(vary(get) ?? '') })),
    (target: object, _?: string | symbol, descriptor?: PropertyDescriptor) => {
      const holder = (descriptor?.value ?? target) as object;
      Reflect.defineMetadata(
        PAGE_VARY,
        [...((Reflect.getOwnMetadata(PAGE_VARY, holder) as string[] | undefined) ?? []), ...names],
        holder,
      );
    },
  );
}

/** Adds `Cookie` to the `Vary` header of a route's responses: each visitor has pages of its own. */
export function VaryOnCookie(): MethodDecorator & ClassDecorator {
  return VaryOn('Cookie');
}

/**
 * Adds directives to the Cache-Control header of a route's responses. What the handler sets keeps its place,
 * and the smaller `maxAge` stays.
 *
 * @example
 * ```ts
 * @Get() @CacheControl({ public: true, maxAge: 60 }) list() { return this.catalogue.all(); }
 * ```
 */
export function CacheControl(directives: CacheControlDirectives): MethodDecorator & ClassDecorator {
  return patching((get) => ({ 'cache-control': patchCacheControl(get('cache-control'), directives) }));
}

const NEVER: CacheControlDirectives = Object.freeze({
  maxAge: 0,
  noCache: true,
  noStore: true,
  mustRevalidate: true,
  private: true,
});

/**
 * Forbids every cache to keep a route's responses, this one as well: `max-age=0, no-cache, no-store,
 * must-revalidate, private` and an `Expires` of now.
 */
export function NeverCache(): MethodDecorator & ClassDecorator {
  return patching((get) => ({
    'cache-control': patchCacheControl(get('cache-control'), NEVER),
    ...(get('expires') === undefined ? { expires: formatHttpDate(SYSTEM_CLOCK.wallMs()) } : {}),
  }));
}

/**
 * Changes headers once the handler has answered, as Django's decorators do; what it throws leaves as it is.
 */
function patching(patch: Patch): MethodDecorator & ClassDecorator {
  return applyDecorators(UseInterceptors(interceptorOf(patch)));
}

function interceptorOf(patch: Patch): Type<NestInterceptor> {
  class ResponseHeadersInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      if (context.getType() !== 'http') return next.handle();
      const response = context.switchToHttp().getResponse<ResponseLike>();
      const set = (name: string, value: string): unknown => (response.setHeader ?? response.header)!.call(response, name, value);
      return next.handle().pipe(
        tap(() => {
          for (const [name, value] of Object.entries(patch((name) => response.getHeader(name)))) set(name, value);
        }),
      );
    }
  }
  return mixin(ResponseHeadersInterceptor);
}
