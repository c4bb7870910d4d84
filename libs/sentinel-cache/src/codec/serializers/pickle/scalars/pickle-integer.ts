import { MAX_DIGITS } from '../../../values/max-digits.js';

/**
 * Longest integer inside a pickle, in bytes (157 000 decimal digits): nobody caches a longer one, and
 * printing it would take seconds.
 */
const MAX_INTEGER_BYTES = 65_536;

/** A double holds each integer of 15 digits exactly. */
const SHORT = 15;

/** The integer as JavaScript has it: a number as far as it counts exactly, a bigint beyond. */
function narrow(integer: bigint): number | bigint {
  return integer >= -9007199254740991n && integer <= 9007199254740991n ? Number(integer) : integer;
}

/** Reads the integer of little-endian two's complement bytes. */
export function decodeLong(bytes: Buffer, start: number, length: number): number | bigint {
  if (length === 0) return 0;
  if (length <= 6) return bytes.readIntLE(start, length);
  if (length === 8) return narrow(bytes.readBigInt64LE(start));
  if (length > 8 && length <= 14) return wide(bytes, start, length);
  if (length > MAX_INTEGER_BYTES) throw new RangeError(`an integer is longer than ${MAX_INTEGER_BYTES} bytes`);
  // Linear in the length, unlike shifting byte by byte.
  const hex = Buffer.from(bytes.subarray(start, start + length))
    .reverse()
    .toString('hex');
  return narrow(BigInt.asIntN(length * 8, BigInt(`0x${hex}`)));
}

/** Nine to fourteen bytes, several times as fast as any number of them. */
function wide(bytes: Buffer, start: number, length: number): number | bigint {
  return narrow((BigInt(bytes.readIntLE(start + 8, length - 8)) << 64n) | bytes.readBigUInt64LE(start));
}

/**
 * Writes an integer as minimal little-endian two's complement bytes, as CPython writes them. Throws a
 * RangeError for one that is too long.
 */
export function encodeLong(integer: bigint): Buffer {
  const positive = integer < 0n ? -integer - 1n : integer;
  const hex = positive.toString(16);
  const length = Math.floor((hex.length * 4 - Math.clz32(Number.parseInt(hex[0]!, 16)) + 28) / 8) + 1;
  if (length > MAX_INTEGER_BYTES) throw new RangeError(`an integer is longer than ${MAX_INTEGER_BYTES} bytes`);
  const bytes = Buffer.from(hex.padStart(length * 2, '0'), 'hex').reverse();
  if (integer < 0n) for (let at = 0; at < length; at++) bytes[at] = ~bytes[at]! & 0xff;
  return bytes;
}

/** Reads the integer of a line of protocol 0. Throws a RangeError for other text. */
export function parseInteger(line: string): number | bigint {
  if (line.length <= SHORT && /^\d+$/.test(line)) return Number(line);
  if (line.length > MAX_DIGITS || !/^\s*[+-]?\d+L?\s*$/.test(line)) throw new RangeError('an integer is written badly');
  return narrow(BigInt(line.replace('L', '').replace('+', '').trim()));
}

/** Reads the float of a line of protocol 0. Throws a RangeError for other text. */
export function parseFloatLine(line: string): number {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(line)) return Number(line);
  const special = /^([+-]?)(inf|nan)$/i.exec(line);
  if (special === null) throw new RangeError('a float is written badly');
  return special[2]!.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
}
