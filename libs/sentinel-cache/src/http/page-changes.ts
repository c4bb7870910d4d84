import type { Page } from './entry/page.js';
import type { WholeResponse, ResponseChange, StoredReply } from './platform/exchange.js';
import type { Headers, PageLifetime } from './policy/response-lifetime.js';
import type { HeaderChanges } from './policy/freshness-headers.js';
import { headersLeftOut, judgePreconditions } from './policy/preconditions.js';
import type { StaleRules } from './policy/stale-rules.js';
import { storedHeaders } from './policy/stored-headers.js';
import { parseHttpDate } from '../headers/http-date.js';
import type { Clock } from '../time/clock.js';
import type { PageRequest } from './page-store.js';

/** What a page is made of. */
interface PageParts extends Pick<Page, 'status' | 'body'> {
  readonly headers: Headers;
  readonly lifetime: PageLifetime;
  readonly stale: StaleRules;
  readonly context: Pick<PageRequest, 'identity' | 'rules'> & { readonly before: Headers; readonly clock: Clock };
}

/** Makes a page of a response; what it varies on is known when its head leaves. */
export function pageOf({ status, body, headers, lifetime, stale, context }: PageParts): Page {
  const { identity, before, rules, clock } = context;
  return {
    identity: identity.text,
    vary: [],
    variant: '',
    status,
    headers: storedHeaders(headers, before, rules.headers),
    body,
    lifetimeMs: lifetime.ms,
    stale,
    // They are added when it is stored.
    generations: [],
    ageSeconds: lifetime.ageSeconds,
    dateMs: Math.max(0, parseHttpDate(headers['date']) ?? clock.wallMs()),
    varyHeader: String(headers['vary'] ?? ''),
  };
}

/** Adds what a conditional request gets instead of the response. */
export function conditional(status: number, request: Headers, headers: Headers, changes: HeaderChanges): ResponseChange {
  const verdict = judgePreconditions(request, status, headers);
  if (verdict === 'send') return { headers: changes };
  const without = Object.fromEntries(headersLeftOut(verdict).map((name) => [name, undefined]));
  return { status: verdict, headers: { ...changes, ...without }, dropsBody: true };
}

/** Sends a stored response in place of another one, whose own headers go. */
export function replacing(response: WholeResponse, before: Headers, { status, headers, body }: StoredReply): ResponseChange {
  const own = Object.keys(response.headers).filter((name) => before[name] === undefined);
  const without: HeaderChanges = Object.fromEntries([...own, 'etag', 'content-length'].map((name) => [name, undefined]));
  return { status, headers: { ...without, ...headers }, ...(body ? { body } : { dropsBody: true }) };
}
