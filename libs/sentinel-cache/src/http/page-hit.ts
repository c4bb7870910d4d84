import { addCacheStatus, type CacheStatus } from '../headers/cache-status.js';
import { patchVary, namesOfVary } from '../headers/vary.js';
import type { HeaderValue } from '../headers/cache-control.js';
import { ageMsOf, leftMsOf, type FoundPage } from './entry/found-page.js';
import type { StoredReply } from './platform/exchange.js';
import type { Headers } from './policy/response-lifetime.js';
import { timesOfHit } from './policy/freshness-headers.js';
import { headersLeftOut, judgePreconditions } from './policy/preconditions.js';

/** What a page is sent by. */
export interface HitContext {
  /** The headers that the response has already, `vary` and `cache-status`: they belong to the request. */
  readonly before: Headers;
  /** The headers of the request. */
  readonly request: Headers;
  readonly nowMs: number;
  /** Undefined: nothing is said. */
  readonly status: CacheStatus | undefined;
}

/**
 * Returns a stored page as it is to be sent now: its status, its headers with their times, and its body or
 * 304.
 */
export function replyOf(found: FoundPage, { before, request, nowMs, status }: HitContext): StoredReply {
  const { page } = found;
  const { lifetimeMs, dateMs } = page;
  const headers: Record<string, HeaderValue> = {};
  // A copy: the page is shared.
  for (const [name, value] of page.headers) headers[name] = typeof value === 'string' ? value : [...value];
  const verdict = judgePreconditions(request, page.status, headers);
  Object.assign(headers, timesOfHit(headers, { ageMs: ageMsOf(found), lifetimeMs, dateMs, nowMs }));
  if (page.varyHeader !== '') headers['vary'] = namesOfVary(page.varyHeader).reduce<HeaderValue>(patchVary, before['vary']);
  if (status) {
    const ttl = Math.floor(leftMsOf(found) / 1000);
    headers['cache-status'] = addCacheStatus(before['cache-status'], { ...status, ttl });
  }
  if (verdict === 'send') return { status: page.status, headers, body: page.body };
  for (const name of headersLeftOut(verdict)) headers[name] = undefined;
  return { status: verdict, headers, body: undefined };
}

/** Returns what a request gets that does not want the handler to run, when there is no page. */
export function noPage(before: Headers, status: CacheStatus | undefined): StoredReply {
  const headers: Headers = status ? { 'cache-status': addCacheStatus(before['cache-status'], status) } : {};
  return { status: 504, headers, body: Buffer.alloc(0) };
}
