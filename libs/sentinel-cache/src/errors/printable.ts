/** A line of an error or a log holds no more of what others wrote. */
const MOST_OF_A_LINE = 2000;
/** A message holds no more of a key. */
const MOST_OF_A_KEY = 200;

/**
 * Controls, ends of lines and paragraphs, signs that are not seen or turn the writing round, halves of
 * surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = Object.freeze({
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
});

/**
 * Writes text of somebody else (a server, a user, a setting) as one line of a message: what could begin
 * another line, hide, or steer a terminal is escaped; what is longer than `limit` characters is cut, and says
 * how long it was.
 */
export function printable(text: string, limit = MOST_OF_A_LINE): string {
  const shown = text.length <= limit ? text : `${text.slice(0, endBefore(text, limit))}... (${text.length} characters)`;
  return shown.replaceAll(UNPRINTABLE, escaped);
}

/** Writes a key as it stands in a message: printable, 200 characters at most. */
export function printableKey(key: string): string {
  return printable(key, MOST_OF_A_KEY);
}

/** Lists names for a message, each quoted: `'default', 'sessions'`. */
export function quoted(names: Iterable<string>): string {
  return Array.from(names, (name) => `'${printableKey(name)}'`).join(', ');
}

/** Not between the halves of a pair. */
function endBefore(text: string, limit: number): number {
  return text.codePointAt(limit - 1)! > 0xffff ? limit - 1 : limit;
}

function escaped(sign: string): string {
  const short = SHORT[sign];
  if (short !== undefined) return short;
  const hex = sign.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return String.raw`\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? String.raw`\u${hex.padStart(4, '0')}` : String.raw`\u{${hex}}`;
}
