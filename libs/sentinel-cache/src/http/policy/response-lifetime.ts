import { parseCacheControl, secondsOf, type HeaderValue } from '../../headers/cache-control.js';
import { parseHttpDate } from '../../headers/http-date.js';
import type { Lifetime } from '../../time/lifetime.js';

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, HeaderValue>>;

/** No key is without an end: a year is what HTTP calls for ever. */
const LONGEST_MS = 365 * 86_400_000;

/** How long a page lives, and who says so. */
export interface PageLifetime {
  /** In milliseconds; 0: it is not stored. */
  readonly ms: number;
  /** `route`: the decorator. `response`: its own headers. `default`: CACHE_MIDDLEWARE_SECONDS. */
  readonly by: 'route' | 'response' | 'default';
  /** How old the response was when it came, in whole seconds: its own `Age`. */
  readonly ageSeconds: number;
}

/**
 * Decides how long a response lives: as the route says, whatever `max-age` browsers are told; else its own
 * `s-maxage`, `max-age` or `Expires`, less its `Age`; else the default. A response without a lifetime of its
 * own is never given one because of what it looks like.
 */
export function lifetimeOfResponse(
  headers: Headers,
  { route, defaultMs, nowMs }: { readonly route: Lifetime | undefined; readonly defaultMs: number; readonly nowMs: number },
): PageLifetime {
  const ageSeconds = ageOf(headers);
  if (route !== undefined) return { ms: bounded(route), by: 'route', ageSeconds: 0 };
  const declared = declaredMs(headers, nowMs);
  if (declared === undefined) return { ms: Math.min(defaultMs, LONGEST_MS), by: 'default', ageSeconds: 0 };
  return { ms: Math.max(0, Math.min(declared - ageSeconds * 1000, LONGEST_MS)), by: 'response', ageSeconds };
}

/** The lifetime that a response declares itself, in milliseconds; undefined when it says nothing. */
function declaredMs(headers: Headers, nowMs: number): number | undefined {
  const directives = parseCacheControl(headers['cache-control']);
  const seconds = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
  if (seconds !== undefined) return seconds * 1000;
  if (headers['expires'] === undefined) return undefined;
  const expires = parseHttpDate(headers['expires']);
  return expires === undefined ? 0 : Math.max(0, expires - (parseHttpDate(headers['date']) ?? nowMs));
}

function ageOf({ age }: Headers): number {
  return typeof age === 'number' || (typeof age === 'string' && /^\d+$/.test(age)) ? Number(age) : 0;
}

function bounded(lifetime: Lifetime): number {
  if (lifetime === 'already-expired') return 0;
  return lifetime === 'forever' ? LONGEST_MS : Math.min(lifetime, LONGEST_MS);
}
