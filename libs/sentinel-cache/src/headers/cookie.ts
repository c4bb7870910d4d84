/** What Python's `str.strip` removes; JavaScript's `trim` differs in some. */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const BEYOND_ASCII = /[^\x00-\x7f]/;
const BEYOND_BYTES = /[^\x00-\xff]/;
/** A backslash with the three octal digits of a character, or with the character itself. */
const ESCAPE = /\\(?:([0-3][0-7][0-7])|([^\n]))/gu;

/**
 * Reads one cookie of a Cookie header as Django's `parse_cookie` does, so that one browser has one session on
 * both sides: the last of several with the name counts, a quoted value is unquoted, escapes included, nothing
 * is percent-decoded, and bytes are UTF-8. `name` is ASCII. Gives undefined when the cookie is not there;
 * cheap when the header does not hold the name at all.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined;
  let last: string | undefined;
  for (const chunk of asUtf8(header).split(';')) last = valueOf(chunk, name) ?? last;
  return last === undefined ? undefined : unquote(last);
}

/** The value of a chunk of that name. A chunk without `=` is a value without a name. */
function valueOf(chunk: string, name: string): string | undefined {
  const at = chunk.indexOf('=');
  return at >= 0 && strip(chunk.slice(0, at)) === name ? strip(chunk.slice(at + 1)) : undefined;
}

function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text[start]!)) start += 1;
  while (end > start && SPACE.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** Python's `http.cookies._unquote`. */
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value
    .slice(1, -1)
    .replace(ESCAPE, (_, octal?: string, plain?: string) => plain ?? String.fromCharCode(Number.parseInt(octal!, 8)));
}

/** Node gives a character for each byte of a header. */
function asUtf8(header: string): string {
  if (!BEYOND_ASCII.test(header) || BEYOND_BYTES.test(header)) return header;
  return Buffer.from(header, 'latin1').toString('utf8');
}
