import { hash } from 'node:crypto';

import { countingCookies } from '../policy/cookies.js';
import type { PagesConfig, RequestFacts } from '../policy/route-rules.js';

/**
 * Returns a digest of the values that a request has for these headers; absent is not the same as empty. A
 * digest, because they may be secrets. Empty text for no names.
 */
export function varyingValues(names: readonly string[], { headers }: RequestFacts, { ignoreCookies }: PagesConfig): string {
  if (names.length === 0) return '';
  const values = names.map((name) => [
    name,
    (name === 'cookie' ? countingCookies(headers[name], ignoreCookies) : headers[name]) ?? null,
  ]);
  return hash('sha256', JSON.stringify(values), 'base64url' as 'base64');
}
