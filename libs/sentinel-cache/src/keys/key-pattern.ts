import type { KeyFunction } from './key-function.js';

/** How one version of a cache makes stored keys. */
export interface KeyMaker {
  readonly keyFunction: KeyFunction;
  readonly keyPrefix: string;
  readonly version: string;
}

const GLOB_CHARACTERS = /[*?[]/g;
/** A sign that stands for itself: behind a backslash, or alone in brackets. */
const LITERAL = /^(?:\\(.)|\[([*?[])\])/s;
const LITERALS = /\\.|\[[*?[]\]/gs;

/**
 * Writes text that Redis' glob matching takes literally, written as Django writes it: `*`, `?` and `[` alone
 * in brackets. A backslash, which Django leaves to escape what follows it, is doubled.
 */
export function escapeGlob(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(GLOB_CHARACTERS, '[$&]');
}

/**
 * Reads the text of an escaped glob, the inverse of escapeGlob; undefined when the pattern matches more than
 * one text.
 */
export function unescapeGlob(pattern: string): string | undefined {
  let text = '';
  for (let at = 0; at < pattern.length;) {
    const [written, escaped, bracketed] = LITERAL.exec(pattern.slice(at, at + 3)) ?? [pattern[at]!];
    if (written.length === 1 && '*?['.includes(written)) return undefined;
    // A backslash at the very end stands for itself in Redis.
    text += escaped ?? bracketed ?? written;
    at += written.length;
  }
  return text;
}

/**
 * Returns the SCAN pattern that matches this prefix's keys in every version, and no key of a prefix that
 * merely contains glob signs.
 */
export function patternOfAllVersions(keyPrefix: string): string {
  return `${escapeGlob(keyPrefix)}:*`;
}

/**
 * Returns the SCAN pattern for a user's pattern (`user:*`, whose glob signs keep their meaning) in one
 * version of a cache. As a key it goes through KEY_FUNCTION, with prefix and version escaped. `undefined`
 * when glob signs do not come out of KEY_FUNCTION (it hashes keys, say): then no pattern finds what it made.
 * A pattern that matches one text alone is that key, whatever KEY_FUNCTION does.
 */
export function patternInVersion(pattern: string, { keyFunction, keyPrefix, version }: KeyMaker): string | undefined {
  const made = keyFunction(pattern, escapeGlob(keyPrefix), escapeGlob(version));
  const onlyKey = unescapeGlob(pattern);
  if (onlyKey !== undefined) {
    const storedKey = keyFunction(onlyKey, keyPrefix, version);
    return unescapeGlob(made) === storedKey ? made : escapeGlob(storedKey);
  }
  return globSigns(made).includes(globSigns(pattern)) ? made : undefined;
}

/** The signs that stand for others. */
function globSigns(pattern: string): string {
  return pattern.replace(LITERALS, '').match(GLOB_CHARACTERS)?.join('') ?? '';
}
