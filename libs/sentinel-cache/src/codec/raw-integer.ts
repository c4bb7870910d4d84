import { MAX_DIGITS } from './values/max-digits.js';
/** A double holds each integer of 15 digits exactly. */
const EXACT_DIGITS = 15;

/**
 * Writes an integer as Django stores it raw; `undefined` for anything that is no Python int: floats, -0,
 * and numbers beyond 2^53, which JavaScript can't tell from floats (a `bigint` of any size is one).
 *
 * Throws a RangeError for a bigint of more than 4300 digits, which Python would not read.
 */
export function encodeRawInteger(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
  if (typeof value !== 'bigint') return undefined;
  const text = String(value);
  if (text.length > MAX_DIGITS + (value < 0n ? 1 : 0)) throw new RangeError(`an integer has more than ${MAX_DIGITS} digits`);
  return text;
}

/**
 * Reads the integer that Python's `int(bytes)` reads: whitespace around, one sign, leading zeros, single
 * underscores between digits. `undefined` for all other bytes; most are known by the first one. Beyond 2^53 a
 * bigint.
 */
export function decodeRawInteger(bytes: Buffer): number | bigint | undefined {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start]!)) start++;
  const sign = bytes[start];
  if (sign === undefined) return undefined;
  if (sign === 0x2b || sign === 0x2d) start++;
  if (!isDigit(bytes[start])) return undefined;
  while (isSpace(bytes[end - 1]!)) end--;
  return decodeDigits(bytes, start, end, sign === 0x2d);
}

function decodeDigits(bytes: Buffer, start: number, end: number, negative: boolean): number | bigint | undefined {
  let digits = 0;
  let number = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x5f) {
      if (bytes[at - 1] === 0x5f || at === end - 1) return undefined;
      continue;
    }
    if (!isDigit(byte) || ++digits > MAX_DIGITS) return undefined;
    number = number * 10 + byte - 0x30;
  }
  // 0 - 0 is 0: Python's -0 is the int 0, JavaScript's would be a float.
  if (digits <= EXACT_DIGITS) return negative ? 0 - number : number;
  const exact = BigInt(bytes.toString('latin1', start, end).replaceAll('_', ''));
  const signed = negative ? -exact : exact;
  return exact <= 9007199254740991n ? Number(signed) : signed;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
