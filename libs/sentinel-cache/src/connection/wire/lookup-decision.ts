/** What a name resolved to, and when. */
export interface ResolvedHost<T> {
  readonly addresses: T;
  readonly atMs: number;
}

/**
 * - `use`: what is known is fresh.
 * - `ask-briefly`: ask again, but what is known is better than waiting.
 * - `ask`: nothing is known.
 */
export type LookupDecision = 'use' | 'ask-briefly' | 'ask';

/** How long an answer is fresh. Sockets are opened rarely; in an outage several a second, and one question of them is enough. */
export const FRESH_MS = 1000;
/** How long a first answer may take. */
export const FIRST_ANSWER_MS = 1000;
/** How long a new answer is waited for when there is an old one: a part of any deadline that a connection has. */
export const LAST_GOOD_WAIT_MS = 100;

/** Whether to ask the name server, from facts alone. An answer never grows too old to be better than none. */
export function decideLookup(known: ResolvedHost<unknown> | undefined, nowMs: number): LookupDecision {
  if (!known) return 'ask';
  return nowMs - known.atMs < FRESH_MS ? 'use' : 'ask-briefly';
}
