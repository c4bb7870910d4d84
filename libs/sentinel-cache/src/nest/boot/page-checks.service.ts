import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { INTERCEPTORS_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { APP_GUARD, APP_INTERCEPTOR, ApplicationConfig, ModulesContainer } from '@nestjs/core';

import { SentinelCaches } from '../../cache/sentinel-caches.js';
import type { SettingProblem } from '../../errors/improperly-configured.error.js';
import type { PageCache } from '../../http/page-cache.js';
import { PageCacheInterceptor } from '../../http/page-cache.interceptor.js';
import { PAGE_CACHE, PAGE_OPTIONS } from '../../http/page-cache.tokens.js';
import type { PageDecoration } from '../../http/page-options.js';
import {
  isGuarded,
  methodName,
  readRouteRules,
  takesResponse,
  type Controller,
  type Handler,
} from '../../http/page-route.providers.js';
import { saysWhoShares } from '../../http/policy/request-verdict.js';
import { problemsOfPage, throwIfAny } from '../../http/read-page-options.js';
import { sourceOf, type Module } from './token-consumers.providers.js';

interface CachedRoute {
  readonly name: string;
  readonly controller: Controller;
  readonly handler: Handler;
  /** Undefined where only an interceptor stands there. */
  readonly page: PageDecoration | undefined;
}

/**
 * Looks at every cached route when the application boots: wrong options end the boot, and so does a
 * `@CachePage` on a route that answers past Nest. One line names the routes behind a guard that do not say
 * who shares their responses.
 */
@Injectable()
export class PageChecksService implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly application: ApplicationConfig,
    private readonly caches: SentinelCaches,
    @Inject(PAGE_CACHE) private readonly pages: PageCache,
  ) {}

  /** Whether a route keeps pages; known once the application has its interceptors. */
  get hasPages(): boolean {
    return this.routes(this.isGlobal).length > 0;
  }

  /** Called by Nest at boot. Throws ImproperlyConfiguredError. */
  onModuleInit(): void {
    const { isGlobal } = this;
    const isAllGuarded = this.application.getGlobalGuards().length > 0 || this.hasGlobal(APP_GUARD, () => true);
    const routes = this.routes(isGlobal);
    throwIfAny(routes.flatMap((route) => this.problemsOf(route)));
    for (const { page } of routes) if (page) this.pages.know(page.options.cache ?? 'default');
    const skipped = routes.filter(({ page, controller, handler }) => !page && takesResponse(controller, handler));
    this.tell('not cached, since they take the response without passthrough', skipped);
    const silent = routes.filter(
      (route) =>
        !skipped.includes(route) && (isAllGuarded || isGuarded(route.controller, route.handler)) && !this.saysWhoShares(route),
    );
    this.tell(
      'behind a guard, and personal for every user: say `shared: true` where all users get the same, @VaryOnCookie() or ' +
        "@VaryOn('Authorization') where each has a page",
      silent,
    );
  }

  private get isGlobal(): boolean {
    const { application } = this;
    return application.getGlobalInterceptors().some(isPageInterceptor) || this.hasGlobal(APP_INTERCEPTOR, isPageInterceptor);
  }

  private problemsOf({ page, name, controller, handler }: CachedRoute): SettingProblem[] {
    if (!page) return [];
    const problems = problemsOfPage(`@CachePage of ${name}`, page, this.caches.aliases());
    if (!takesResponse(controller, handler)) return problems;
    const expected = 'a handler that returns its response';
    const remedy = 'Write @Res({ passthrough: true }), or remove @CachePage.';
    return [...problems, { path: `@CachePage of ${name}`, expected, got: 'one that takes @Res() or @Next()', remedy }];
  }

  private saysWhoShares({ controller, handler }: CachedRoute): boolean {
    const { config } = this.pages;
    return saysWhoShares(readRouteRules(controller, handler, config).rules, config);
  }

  private tell(what: string, routes: readonly CachedRoute[]): void {
    if (routes.length === 0) return;
    new Logger('SentinelPages').warn(`Routes ${what}: ${routes.map(({ name }) => name).join(', ')}`);
  }

  private hasGlobal(token: string, fits: (enhancer: unknown) => boolean): boolean {
    return [...this.modules.values()].some(({ providers }) =>
      [...providers].some(
        ([name, { metatype, instance }]) =>
          typeof name === 'string' && name.startsWith(token) && (fits(metatype) || fits(instance)),
      ),
    );
  }

  /** Whether the routes of a module are answered by our pages: another module of ours may serve them. */
  private serves(module: Module): boolean {
    return sourceOf(PAGE_CACHE, module)?.providers.get(PAGE_CACHE)?.instance === this.pages;
  }

  private routes(isGlobal: boolean): CachedRoute[] {
    const served = [...this.modules.values()].filter((module) => this.serves(module));
    const controllers = served.flatMap(({ controllers: all }) => [...all.values()]);
    return controllers.flatMap(({ metatype }) => {
      const controller = metatype as Controller | null;
      if (typeof controller !== 'function') return [];
      return handlersOf(controller).flatMap((handler): CachedRoute[] => {
        const page = metadataOf(PAGE_OPTIONS, controller, handler) as PageDecoration | undefined;
        if (!page && !isGlobal && !hasInterceptor(controller, handler)) return [];
        return [{ name: `${controller.name}.${methodName(controller, handler)}`, controller, handler, page }];
      });
    });
  }
}

/** The methods of a class, inherited ones too, that are routes. */
function handlersOf(controller: Controller): Handler[] {
  const handlers = new Map<string, Handler>();
  for (
    let holder = controller.prototype as object | null;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(holder)))
      if (typeof value === 'function' && !handlers.has(name)) handlers.set(name, value as Handler);
  }
  return [...handlers].flatMap(([name, handler]) =>
    name !== 'constructor' && Reflect.hasMetadata(PATH_METADATA, handler) ? [handler] : [],
  );
}

function metadataOf(key: string, controller: Controller, handler: Handler): unknown {
  return Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller);
}

function hasInterceptor(controller: Controller, handler: Handler): boolean {
  return [controller, handler].some((target) =>
    ((Reflect.getMetadata(INTERCEPTORS_METADATA, target) as unknown[] | undefined) ?? []).some(isPageInterceptor),
  );
}

/** Whether this is PageCacheInterceptor or a class of it, or an instance of one. */
function isPageInterceptor(value: unknown): boolean {
  return (
    value instanceof PageCacheInterceptor ||
    (typeof value === 'function' && (value === PageCacheInterceptor || value.prototype instanceof PageCacheInterceptor))
  );
}
