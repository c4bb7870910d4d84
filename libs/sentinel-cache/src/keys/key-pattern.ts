import { makeKey } from './make-key.js';

const GLOB_CHARACTERS = /[\\*?[\]]/g;

/** Text that Redis' glob matching takes literally: `\ * ? [ ]` escaped (Django leaves `\` and `]`, A-56). */
export function escapeGlob(text: string): string {
  return text.replace(GLOB_CHARACTERS, '\\$&');
}

/** The text of an escaped glob: the way back of escapeGlob; undefined when the pattern matches more than one text. */
export function unescapeGlob(pattern: string): string | undefined {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === '*' || character === '?' || character === '[') return undefined;
    // A backslash at the very end stands for itself in Redis.
    if (character === '\\' && at + 1 < pattern.length) at++;
    text += pattern[at]!;
  }
  return text;
}

/** The SCAN pattern that matches this prefix's keys in every version, and no key of a prefix that merely contains glob signs. */
export function patternOfAllVersions(keyPrefix: string): string {
  return `${escapeGlob(keyPrefix)}:*`;
}

/** The SCAN pattern for a user's pattern (`user:*`: his glob signs keep their meaning) in one version of this prefix. */
export function patternInVersion(pattern: string, keyPrefix: string, version: string): string {
  return makeKey(pattern, escapeGlob(keyPrefix), escapeGlob(version));
}
