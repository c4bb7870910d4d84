import { isUtf8 } from 'node:buffer';
import { COST, type DecodeBudget } from '../../../budget/decode-budget.js';
import { asciiText, isAscii } from '../../ascii-text.js';

/** Longest string that is looked at byte by byte: above it, one look by V8 is cheaper. */
const SHORT = 64;

/**
 * Reads the text of UTF-8 bytes as Python's `surrogatepass` reads them: lone surrogates survive. Throws a
 * RangeError for bytes that are no UTF-8, an OverBudget beyond the budget.
 */
export function decodeText(bytes: Buffer, start: number, end: number, budget: DecodeBudget): string {
  const length = end - start;
  budget.spend(COST.text + length);
  if (length <= SHORT && isAscii(bytes, start, end)) return asciiText(bytes, start, end);
  const text = bytes.toString('utf8', start, end);
  // V8 puts U+FFFD where the bytes are no UTF-8.
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) return decodeSurrogates(bytes, start, end, budget);
  // Beyond Latin-1 every character of a text takes two bytes.
  if (text.length !== length) budget.spend(length);
  return text;
}

/** Goes through UTF-16, which has lone surrogates like any other character. */
function decodeSurrogates(bytes: Buffer, start: number, end: number, budget: DecodeBudget): string {
  budget.spend(COST.surrogates + 5 * (end - start));
  const units = Buffer.allocUnsafe(2 * (end - start));
  let to = 0;
  const put = (unit: number): void => {
    units[to++] = unit & 0xff;
    units[to++] = unit >> 8;
  };
  for (let at = start; at < end;) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > end) throw new RangeError('a string is not UTF-8');
    let point = length === 1 ? lead : lead & (0x7f >> length);
    for (let next = at + 1; next < at + length; next++) {
      if ((bytes[next]! & 0xc0) !== 0x80) throw new RangeError('a string is not UTF-8');
      point = (point << 6) | (bytes[next]! & 0x3f);
    }
    if (point < SMALLEST[length]! || point > 0x10ffff) throw new RangeError('a string is not UTF-8');
    if (point > 0xffff) put(0xd7c0 + (point >> 10));
    put(point > 0xffff ? 0xdc00 | (point & 0x3ff) : point);
    at += length;
  }
  return units.toString('utf16le', 0, to);
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/**
 * Writes the UTF-8 bytes of text that holds a lone surrogate, which is written as three bytes of its own
 * (`surrogatepass`).
 */
export function encodeSurrogates(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let at = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) {
      bytes[at++] = 0xe0 | (point >> 12);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else at += bytes.write(character, at, 'utf8');
  }
  return bytes.subarray(0, at);
}

/**
 * Whether the text has a lone surrogate, which UTF-8 proper can't hold. TypeScript's library for ES2023 lacks
 * this method of Node 20.
 */
export function hasLoneSurrogate(text: string): boolean {
  return !(text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** Reads text of protocol 0 (`raw-unicode-escape`): Latin-1, with `\uXXXX` and `\UXXXXXXXX`. */
export function decodeRawUnicodeEscape(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_match, short?: string, long?: string) =>
    String.fromCodePoint(Number.parseInt(short ?? long!, 16)),
  );
}
