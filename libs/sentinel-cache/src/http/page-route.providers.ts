import { CACHE_KEY_METADATA, CACHE_TTL_METADATA } from '@nestjs/cache-manager';
import type { ExecutionContext } from '@nestjs/common';
import {
  CUSTOM_ROUTE_ARGS_METADATA,
  GUARDS_METADATA,
  HEADERS_METADATA,
  HOST_METADATA,
  REDIRECT_METADATA,
  RESPONSE_PASSTHROUGH_METADATA,
  ROUTE_ARGS_METADATA,
  SSE_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';

import { lifetimeOf, toLifetime, type Lifetime } from '../time/lifetime.js';
import { PAGE_OPTIONS, PAGE_VARY } from './page-cache.tokens.js';
import type { CachePageOptions, PageDecoration } from './page-options.js';
import { bytesOf, millisecondsOf } from './read-page-options.js';
import type { PagesConfig, RouteRules } from './policy/route-rules.js';

/** A method of a controller. */
export type Handler = (...args: never[]) => unknown;
/** The class of a controller. */
export type Controller = abstract new (...args: never[]) => unknown;
/** A value of `@CacheTTL`, or what makes it of a request. */
type Ttl = number | ((context: ExecutionContext) => number | Promise<number>);
type KeyName = string | ((context: ExecutionContext) => string | Promise<string>);

/** The rules of a route, and what has to be asked for each request. */
export interface RouteMetadata {
  /** False where the handler answers past Nest: `@Sse`, `@Res()` and `@Next()` without passthrough. */
  readonly isCached: boolean;
  readonly rules: RouteRules;
  readonly keyName: KeyName | undefined;
  readonly ttl: Ttl | undefined;
}

/** Nest's numbers of what a handler takes (RouteParamtypes). */
const TAKES = Object.freeze({ response: 1, next: 2, query: 4, headers: 6, session: 7, ip: 11, cookies: 14, signedCookies: 15 });
const DEFAULT_MAX_BODY = 1024 * 1024;

/** Reads how a route is cached from its decorators, those of the method before those of the class. */
export function readRouteRules(controller: Controller, handler: Handler, config: PagesConfig): RouteMetadata {
  const page = metadata<PageDecoration>(PAGE_OPTIONS, controller, handler);
  const options = page?.options ?? {};
  const timeout = timeoutOf(page, handler);
  const taken = takenArguments(controller, handler);
  const ttl = metadata<Ttl>(CACHE_TTL_METADATA, controller, handler);
  const rules: RouteRules = {
    route: routeName(controller, handler),
    cache: options.cache ?? (page ? 'default' : config.alias),
    keyPrefix: options.keyPrefix ?? (page ? '' : config.keyPrefix),
    version: options.version,
    lifetime: timeout === undefined ? (typeof ttl === 'number' ? lifetimeFromTtl(ttl) : undefined) : toLifetime(timeout),
    shared: options.shared ?? false,
    isGuarded: isGuarded(controller, handler),
    vary: varyOf(controller, handler),
    takes: namesOf(taken, TAKES.headers).map((name) => name.toLowerCase()),
    takesPersonal: takesPersonal(taken),
    query: queryOf(options, taken),
    exact: options.exact ?? false,
    maxBody: bytesOf(options.maxBody) ?? DEFAULT_MAX_BODY,
    tags: [...(options.tags ?? [])],
    redirect: (Reflect.getMetadata(REDIRECT_METADATA, handler) as { url?: string } | undefined)?.url,
    staleWhileRevalidateMs: millisecondsOf(options.staleWhileRevalidate),
    staleIfErrorMs: millisecondsOf(options.staleIfError),
    streamBytes: bytesOf(options.streams) ?? 0,
    headers: ((Reflect.getMetadata(HEADERS_METADATA, handler) as { name: string }[] | undefined) ?? []).map(({ name }) =>
      name.toLowerCase(),
    ),
  };
  const named = Reflect.getMetadata(CACHE_KEY_METADATA, handler) as KeyName | undefined;
  const keyName = typeof named === 'function' ? named : textOf(named);
  return { isCached: !answersPastNest(controller, handler), rules, keyName, ttl: timeout === undefined ? ttl : undefined };
}

/** The timeout of `@CachePage`; none where the class has that, and the method a `@CacheTTL` of its own. */
function timeoutOf(page: PageDecoration | undefined, handler: Handler): PageDecoration['timeout'] {
  const isNearer = Reflect.hasMetadata(CACHE_TTL_METADATA, handler) && !Reflect.hasMetadata(PAGE_OPTIONS, handler);
  return isNearer ? undefined : page?.timeout;
}

/** Whether the handler answers past Nest, so that nobody sees what it sends. */
function answersPastNest(controller: Controller, handler: Handler): boolean {
  return Reflect.hasMetadata(SSE_METADATA, handler) || takesResponse(controller, handler);
}

/** Whether the route or its controller has a guard of its own. */
export function isGuarded(controller: Controller, handler: Handler): boolean {
  return [controller, handler].some(
    (target) => ((Reflect.getMetadata(GUARDS_METADATA, target) as unknown[] | undefined) ?? []).length > 0,
  );
}

/** Whether the handler takes the response or `next` without passthrough. */
export function takesResponse(controller: Controller, handler: Handler): boolean {
  if (Reflect.getMetadata(RESPONSE_PASSTHROUGH_METADATA, controller, methodName(controller, handler))) return false;
  return takenArguments(controller, handler).some(({ type }) => type === TAKES.response || type === TAKES.next);
}

/** The name that `@CacheKey` gives a request. Rejects as its factory does. */
export async function keyNameOf({ keyName }: RouteMetadata, context: ExecutionContext): Promise<string | undefined> {
  return typeof keyName === 'function' ? textOf(await keyName(context)) : keyName;
}

function textOf(name: unknown): string | undefined {
  return name === undefined || name === null ? undefined : String(name);
}

/** `@CacheTTL` counts milliseconds; 0 stores nothing. */
export function lifetimeFromTtl(ms: number): Lifetime | undefined {
  return typeof ms === 'number' ? lifetimeOf(ms, 1) : undefined;
}

/** Returns the name of a method in its class: a decorator that wraps it may have taken the function's own. */
export function methodName(controller: Controller, handler: Handler): string {
  let holder = controller.prototype as object | null;
  for (; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    const found = Object.entries(Object.getOwnPropertyDescriptors(holder)).find(([, { value }]) => value === handler);
    if (found) return found[0];
  }
  return handler.name;
}

function metadata<T>(key: string, controller: Controller, handler: Handler): T | undefined {
  return (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller)) as T | undefined;
}

/** Two classes of one name at one address differ by their versions or hosts. */
function routeName(controller: Controller, handler: Handler): string {
  const version: unknown = metadata(VERSION_METADATA, controller, handler);
  const host: unknown = Reflect.getMetadata(HOST_METADATA, controller);
  const told = [version, host].map((value) => ([value].flat() as unknown[]).map(String));
  return JSON.stringify([controller.name, methodName(controller, handler), ...told]);
}

interface Taken {
  readonly type: number;
  /** The name it is taken by; undefined for all of them. */
  readonly name: string | undefined;
}

/** What the handler takes, as Nest keeps it: `type:index` to where and which. */
function takenArguments(controller: Controller, handler: Handler): Taken[] {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, methodName(controller, handler)) ?? {}) as Record<
    string,
    { data?: unknown }
  >;
  return Object.entries(args)
    .filter(([key]) => !key.includes(CUSTOM_ROUTE_ARGS_METADATA))
    .map(([key, { data }]) => ({ type: Number(key.split(':')[0]), name: typeof data === 'string' ? data : undefined }));
}

function namesOf(taken: readonly Taken[], wanted: number): string[] {
  return taken.flatMap(({ type, name }) => (type === wanted && name !== undefined ? [name] : []));
}

function takesPersonal(taken: readonly Taken[]): RouteRules['takesPersonal'] {
  const takes = (wanted: number, isWhole = false): boolean =>
    taken.some(({ type, name }) => type === wanted && (!isWhole || name === undefined));
  if (takes(TAKES.headers, true)) return 'headers';
  if (takes(TAKES.ip)) return 'ip';
  return takes(TAKES.session) ? 'session' : undefined;
}

function queryOf({ query = undefined }: CachePageOptions, taken: readonly Taken[]): RouteRules['query'] {
  if (query !== 'declared') return query ?? 'sent';
  // One that takes the whole query may look at any name.
  if (taken.some(({ type, name }) => type === TAKES.query && name === undefined)) return 'sorted';
  return namesOf(taken, TAKES.query);
}

function varyOf(controller: Controller, handler: Handler): string[] {
  const names = [controller, handler].flatMap((target) => (Reflect.getMetadata(PAGE_VARY, target) as string[] | undefined) ?? []);
  return [...new Set(names.map((name) => name.toLowerCase()))].sort();
}
