import { parseCacheControl, secondsOf } from '../../headers/cache-control.js';
import type { RequestFacts } from './route-rules.js';

/** What the Cache-Control of a request asks for. */
export interface RequestDirectives {
  /** Nothing of this request may be stored or served. */
  readonly noStore: boolean;
  /** The handler has to make the response anew. */
  readonly noCache: boolean;
  /** The handler must not run. */
  readonly onlyIfCached: boolean;
  /** The oldest page that will do, in seconds. */
  readonly maxAge: number | undefined;
  /** How long the page has to stay fresh, in seconds. */
  readonly minFresh: number | undefined;
}

const NONE: RequestDirectives = Object.freeze({
  noStore: false,
  noCache: false,
  onlyIfCached: false,
  maxAge: undefined,
  minFresh: undefined,
});

/** Reads what a request asks for; `Pragma: no-cache` counts where there is no Cache-Control. */
export function directivesOf({ headers }: RequestFacts): RequestDirectives {
  const header = headers['cache-control'];
  if (header === undefined) return headers['pragma'] === undefined ? NONE : { ...NONE, noCache: isNoCache(headers['pragma']) };
  const directives = parseCacheControl(header);
  const onlyIfCached = directives.has('only-if-cached');
  return {
    // Without the handler there is nothing to store.
    noStore: directives.has('no-store') && !onlyIfCached,
    noCache: directives.has('no-cache'),
    onlyIfCached,
    maxAge: secondsOf(directives, 'max-age'),
    minFresh: secondsOf(directives, 'min-fresh'),
  };
}

function isNoCache(pragma: string | readonly string[]): boolean {
  return parseCacheControl(pragma).has('no-cache');
}

/**
 * Whether a page of that age, with that much life left, is what the request asks for. Both in milliseconds.
 */
export function satisfies({ noCache, maxAge, minFresh }: RequestDirectives, ageMs: number, leftMs: number): boolean {
  if (noCache) return false;
  if (maxAge !== undefined && ageMs > maxAge * 1000) return false;
  return minFresh === undefined || leftMs >= minFresh * 1000;
}

/** Whether a request takes a stale page: one that says how old or how fresh a page may be does not. */
export function acceptsStale({ noCache, maxAge, minFresh }: RequestDirectives): boolean {
  return !noCache && maxAge === undefined && minFresh === undefined;
}
