import { hash } from 'node:crypto';

import type { RequestFacts, RouteRules } from '../policy/route-rules.js';
import { queryKey } from './query-key.js';

/** Which page a request asks for, variants aside. */
export interface PageIdentity {
  /** Everything that tells pages apart; each stored page repeats it. */
  readonly text: string;
  /** SHA-256 of the text. */
  readonly digest: string;
}

/**
 * Tells pages apart by scheme and host as the platform resolves them, path and query, route, prefix, the name
 * of `@CacheKey`, and each header that the handler takes. Parts are JSON, so that no value runs into the
 * next.
 */
export function pageIdentity(request: RequestFacts, rules: RouteRules, name: string | undefined): PageIdentity {
  const { protocol, host, url, routedUrl, headers } = request;
  const at = url.indexOf('?');
  const [path, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
  const taken = rules.takes.map((header) => headers[header] ?? null);
  const where = rules.exact && name !== undefined ? null : [path, queryKey(query, rules.query)];
  // A middleware that rewrites the path makes two requests out of one address.
  const routed = routedUrl === url || where === null ? null : routedUrl;
  const text = JSON.stringify([protocol, host.toLowerCase(), where, routed, rules.route, rules.keyPrefix, name ?? null, taken]);
  return { text, digest: hash('sha256', text, 'base64url' as 'base64') };
}
