import { createHash } from 'node:crypto';

import { canonicalText } from './canonical-text.js';

/** Longer texts, and those with characters that no key of memcached may have, are keys as their hash. */
const SHORT = /^[\x21-\x7e]{0,120}$/;

/**
 * Returns the key of a call without a template: the method, and its arguments as text. An `undefined` at the
 * end is an argument that was left out. Throws InvalidCacheKeyError, which names the argument.
 */
export function argumentsKey(method: string, args: readonly unknown[]): string {
  const count = args.findLastIndex((arg) => arg !== undefined) + 1;
  const text = args.slice(0, count).map((arg, i) => canonicalText(arg, `${method}, argument ${i}`));
  const joined = text.join(',');
  return `${method}:${SHORT.test(joined) ? joined : `sha256-${createHash('sha256').update(joined).digest('hex')}`}`;
}
