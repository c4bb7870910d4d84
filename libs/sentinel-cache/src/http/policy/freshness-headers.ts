import { parseCacheControl, patchCacheControl, secondsOf, type HeaderValue } from '../../headers/cache-control.js';
import { formatHttpDate, parseHttpDate } from '../../headers/http-date.js';
import type { Headers, PageLifetime } from './response-lifetime.js';

/** Headers to set; undefined removes one. */
export type HeaderChanges = Readonly<Record<string, HeaderValue>>;

/**
 * Returns what is added to a response that is stored, as Django's `patch_response_headers` does: `max-age`,
 * the smaller one when there is one, and `Expires` when there is none. Nothing where the response says itself
 * how long it lives.
 */
export function cacheabilityOf(headers: Headers, { ms, by }: PageLifetime, nowMs: number): HeaderChanges {
  if (by === 'response') return {};
  const seconds = Math.floor(ms / 1000);
  const cacheControl = patchCacheControl(headers['cache-control'], { maxAge: seconds });
  if (headers['expires'] !== undefined) return { 'cache-control': cacheControl };
  return { 'cache-control': cacheControl, expires: formatHttpDate(nowMs + seconds * 1000) };
}

/** What is known of a page on a hit; all times in milliseconds. */
export interface PageAge {
  readonly ageMs: number;
  readonly lifetimeMs: number;
  readonly dateMs: number;
  readonly nowMs: number;
}

/**
 * Returns the times that a hit carries: the stored `Date` and `Expires`, and `Age`. A page that outlives what
 * it tells is sent as made now, without `Age`: browsers would take it for stale.
 */
export function timesOfHit(headers: Headers, { ageMs, lifetimeMs, dateMs, nowMs }: PageAge): HeaderChanges {
  const toldMs = toldMsOf(headers, dateMs);
  const expires = headers['expires'];
  if (toldMs !== undefined && toldMs >= lifetimeMs - (lifetimeMs % 1000))
    return { date: formatHttpDate(dateMs), age: String(Math.floor(ageMs / 1000)) };
  return {
    date: formatHttpDate(nowMs),
    ...(expires === undefined || toldMs === undefined ? {} : { expires: formatHttpDate(nowMs + toldMs) }),
  };
}

function toldMsOf(headers: Headers, dateMs: number): number | undefined {
  const directives = parseCacheControl(headers['cache-control']);
  const seconds = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
  if (seconds !== undefined) return seconds * 1000;
  const expires = parseHttpDate(headers['expires']);
  return expires === undefined ? undefined : Math.max(0, expires - dateMs);
}
