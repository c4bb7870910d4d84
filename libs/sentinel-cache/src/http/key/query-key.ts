import type { RouteRules } from '../policy/route-rules.js';

/** Half a surrogate pair: no text that was decoded has one. */
const UNDECODED = '\ud800';

/**
 * Returns the part of a query that tells pages apart: all of it as it was sent, all of it by name, or these
 * names alone; empty when nothing does. A repeated name keeps its values in their order; `a[b]` counts where
 * `a` does.
 */
export function queryKey(query: string, keeps: RouteRules['query']): string {
  if (keeps === 'sent' || query === '') return query;
  const pairs = query.split('&').flatMap((pair) => (pair === '' ? [] : [pairOf(pair)]));
  const kept =
    keeps === 'sorted' ? pairs : pairs.filter(([name]) => keeps.includes(name) || keeps.includes(name.split('[', 1)[0]!));
  if (kept.length === 0) return '';
  const sorted = kept.map((pair, i) => [pair, i] as const).sort(([[a], i], [[b], j]) => (a < b ? -1 : a > b ? 1 : i - j));
  return JSON.stringify(sorted.map(([pair]) => pair));
}

function pairOf(pair: string): [name: string, value: string | null] {
  const at = pair.indexOf('=');
  return at < 0 ? [decoded(pair), null] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
}

/** What can't be decoded tells itself apart as it stands, from what decodes to that, too. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return UNDECODED + text;
    throw error;
  }
}
