const ESCAPES = /(?:%[0-9a-f]{2})+/gi;

/** Text with its percent escapes as UTF-8, as Python's unquote reads it: an escape that is none stays as it is, `+` is a plus. */
export function percentDecode(text: string): string {
  return text.replace(ESCAPES, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'));
}
