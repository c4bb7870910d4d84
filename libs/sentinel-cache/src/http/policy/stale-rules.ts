import { parseCacheControl, patchCacheControl, secondsOf } from '../../headers/cache-control.js';
import type { Headers } from './response-lifetime.js';
import type { HeaderChanges } from './freshness-headers.js';
import type { RouteRules } from './route-rules.js';

/** How long past its lifetime a page may still be sent, in milliseconds. */
export interface StaleRules {
  /** While it is made anew. */
  readonly whileRevalidateMs: number;
  /** Instead of an error. */
  readonly ifErrorMs: number;
}

const NEVER_STALE: StaleRules = Object.freeze({ whileRevalidateMs: 0, ifErrorMs: 0 });
/** With these a response must not be used once it is stale (RFC 9111, 4.2.4; `s-maxage` implies it). */
const FORBID = Object.freeze(['must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage']);
/** The statuses that RFC 5861 calls an error. */
const ERRORS = new Set([500, 502, 503, 504]);
const LONGEST_MS = 365 * 86_400_000;

/** Decides how long a response may be sent when it is stale: as it says itself, else as the route says. */
export function staleRulesOf({ 'cache-control': header }: Headers, rules: RouteRules): StaleRules {
  const directives = parseCacheControl(header);
  if (FORBID.some((name) => directives.has(name))) return NEVER_STALE;
  const msOf = (name: string, byRoute: number): number => {
    const seconds = secondsOf(directives, name);
    return Math.min(seconds === undefined ? byRoute : seconds * 1000, LONGEST_MS);
  };
  return {
    whileRevalidateMs: msOf('stale-while-revalidate', rules.staleWhileRevalidateMs),
    ifErrorMs: msOf('stale-if-error', rules.staleIfErrorMs),
  };
}

/**
 * Returns the Cache-Control that tells other caches of these rules; nothing where there is nothing to tell.
 */
export function staleHeadersOf(headers: Headers, { whileRevalidateMs, ifErrorMs }: StaleRules): HeaderChanges {
  const directives = {
    ...(whileRevalidateMs > 0 ? { staleWhileRevalidate: Math.floor(whileRevalidateMs / 1000) } : {}),
    ...(ifErrorMs > 0 ? { staleIfError: Math.floor(ifErrorMs / 1000) } : {}),
  };
  if (Object.keys(directives).length === 0) return {};
  return { 'cache-control': patchCacheControl(headers['cache-control'], directives) };
}

/** How long a page is kept behind its lifetime, in milliseconds. */
export function keptStaleMs({ whileRevalidateMs, ifErrorMs }: StaleRules): number {
  return Math.max(whileRevalidateMs, ifErrorMs);
}

/** Whether a response is an error that a stale page may stand in for. */
export function isFailure(status: number): boolean {
  return ERRORS.has(status);
}
