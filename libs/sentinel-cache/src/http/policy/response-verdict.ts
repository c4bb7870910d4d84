import { parseCacheControl, secondsOf, type HeaderValue } from '../../headers/cache-control.js';
import { namesOfVary } from '../../headers/vary.js';
import type { Lifetime } from '../../time/lifetime.js';
import { lifetimeOfResponse, type Headers, type PageLifetime } from './response-lifetime.js';
import type { Reason } from './reasons.js';

/** What decides whether a response may be stored. */
export interface ResponseFacts {
  readonly status: number;
  readonly headers: Headers;
  /** Whether an error was thrown on the way to it. */
  readonly isThrown: boolean;
  /** Why its request is personal; undefined when it is not. */
  readonly personal: Reason | undefined;
  readonly route: Lifetime | undefined;
  readonly defaultMs: number;
  readonly maxBody: number;
  readonly nowMs: number;
}

/** Whether a response may be stored, and how long. */
export type ResponseVerdict =
  { readonly stores: true; readonly lifetime: PageLifetime } | { readonly stores: false; readonly reason: Reason };

/** Stored for as long as the route or the default says. */
const STORED = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308]);
/** Stored for a lifetime that they declare themselves, whatever the route says. */
const STORED_IF_DECLARED = new Set([404, 410]);
const NONCE = /'nonce-([\w+/=-]+)'/gi;

/** Decides whether a response may be stored, from its head and its body. */
export function judgeResponse(facts: ResponseFacts, body: Buffer): ResponseVerdict {
  const verdict = judgeHead(facts);
  if (!verdict.stores) return verdict;
  const reason = body.length > facts.maxBody ? 'size' : whyNoPage(facts, body);
  return reason ? { stores: false, reason } : verdict;
}

/** Decides whether a response may be stored, as far as its head tells. */
export function judgeHead(facts: ResponseFacts): ResponseVerdict {
  const { status, headers } = facts;
  const lifetime = lifetimeOfResponse(headers, STORED_IF_DECLARED.has(status) ? { ...facts, route: undefined } : facts);
  const reason = whyUnstored(facts, lifetime);
  return reason ? { stores: false, reason } : { stores: true, lifetime };
}

/** Whether a body is as long as each Content-Length says that is there. */
export function isWhole(body: Buffer, ...lengths: readonly HeaderValue[]): boolean {
  return lengths.every((length) => length === undefined || String(length) === String(body.length));
}

/** What the body forbids. */
export function whyNoPage({ headers }: ResponseFacts, body: Buffer): Reason | undefined {
  return holdsItsNonce(headers, body) ? 'nonce' : undefined;
}

function whyUnstored(facts: ResponseFacts, lifetime: PageLifetime): Reason | undefined {
  const { status, headers, personal } = facts;
  if (facts.isThrown) return 'thrown';
  if (!STORED.has(status) && !(STORED_IF_DECLARED.has(status) && lifetime.by === 'response')) return 'status';
  const forbidden = whyForbidden(headers, personal);
  if (forbidden) return forbidden;
  return lifetime.ms === 0 ? 'lifetime' : undefined;
}

/** What the head alone forbids. */
export function whyForbidden(headers: Headers, personal: Reason | undefined): Reason | undefined {
  if (headers['set-cookie'] !== undefined) return 'set-cookie';
  const directives = parseCacheControl(headers['cache-control']);
  if (directives.has('no-store')) return 'no-store';
  // With names they speak of these header fields alone.
  if (directives.get('no-cache') === true) return 'no-cache';
  if (directives.get('private') === true) return 'private';
  if (namesOfVary(headers['vary']).includes('*')) return 'vary';
  const isForAll = directives.has('public') || (secondsOf(directives, 's-maxage') ?? 0) > 0;
  return personal && !isForAll ? personal : undefined;
}

/** A page with the nonce of its own Content-Security-Policy would hand one nonce to everybody. */
function holdsItsNonce(headers: Headers, body: Buffer): boolean {
  const policies = [headers['content-security-policy'], headers['content-security-policy-report-only']].flat();
  const nonces = policies.flatMap((policy) => [...String(policy ?? '').matchAll(NONCE)].map(([, nonce]) => nonce!));
  if (nonces.length === 0) return false;
  const text = body.toString('latin1');
  return nonces.some((nonce) => text.includes(nonce) || asTemplatesWrite(nonce).test(text));
}

/** Finds a nonce with its signs written otherwise: `&#x3D;` in HTML, `\/` and `\u003d` in JSON. */
function asTemplatesWrite(nonce: string): RegExp {
  return new RegExp(nonce.replaceAll(/[^A-Za-z0-9]/g, (sign) => `(?:\\${sign}|&#?\\w+;|\\\\(?:u\\w{4}|\\${sign})|%\\w\\w)`));
}
