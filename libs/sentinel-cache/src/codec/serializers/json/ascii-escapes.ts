const HEX = Buffer.from('0123456789abcdef', 'latin1');
/** DEL, the first character that Python escapes and JSON.stringify does not. */
const FIRST = 0x7f;
/** Bytes that `\uXXXX` takes more than its character. */
const MORE = 5;

/** Writes JSON text with everything beyond ASCII as `\uXXXX`. */
export function escapeBeyondAscii(text: string): string {
  let beyond = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= FIRST) beyond++;
  if (beyond === 0) return text;
  const bytes = Buffer.allocUnsafe(text.length + beyond * MORE);
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= FIRST) to = escape(bytes, to, code);
    else bytes[to++] = code;
  }
  return bytes.toString('latin1');
}

function escape(bytes: Buffer, to: number, code: number): number {
  bytes[to] = 0x5c;
  bytes[to + 1] = 0x75;
  for (let digit = 0; digit < 4; digit++) bytes[to + 2 + digit] = HEX[(code >> (12 - 4 * digit)) & 15]!;
  return to + 6;
}
