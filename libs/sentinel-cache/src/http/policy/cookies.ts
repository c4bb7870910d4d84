import type { HeaderValue } from '../../headers/cache-control.js';

/**
 * Returns a Cookie header without the cookies that do not count; undefined when nothing is left. The order of
 * the others stays.
 */
export function countingCookies(header: HeaderValue, ignored: readonly string[]): string | undefined {
  const text = Array.isArray(header) ? header.join('; ') : header === undefined ? '' : String(header);
  if (ignored.length === 0) return text.trim() === '' ? undefined : text;
  const kept = text.split(';').flatMap((part) => (part.trim() === '' || isIgnored(nameOf(part), ignored) ? [] : [part.trim()]));
  return kept.length === 0 ? undefined : kept.join('; ');
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0]!.trim();
}

function isIgnored(name: string, ignored: readonly string[]): boolean {
  return ignored.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
