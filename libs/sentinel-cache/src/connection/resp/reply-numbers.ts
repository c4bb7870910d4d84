import { ProtocolError } from './protocol-error.js';

const MINUS = 45;
const ZERO = 48;
const NINE = 57;
/** 64 bits and their sign. */
const LONGEST_INTEGER = 20;
/** A double, or a big number of RESP3. */
const LONGEST_NUMBER = 64;
/** With more digits a number may exceed 2^53. */
const SAFE_DIGITS = 15;

/** Reads a length; -1 is null in RESP2. Throws ProtocolError for other text, as each function here does. */
export function readLength(line: Buffer, from: number, to: number): number {
  if (to - from === 2 && line[from] === MINUS && line[from + 1] === ZERO + 1) return -1;
  return readCount(line, from, to);
}

/** Reads a length that can't be null. */
export function readCount(line: Buffer, from: number, to: number): number {
  let count = 0;
  if (from === to || to - from > SAFE_DIGITS) throw new ProtocolError('an invalid length');
  for (let i = from; i < to; i += 1) {
    const digit = line[i]!;
    if (digit < ZERO || digit > NINE) throw new ProtocolError('an invalid length');
    count = count * 10 + digit - ZERO;
  }
  return count;
}

/** Reads an integer (`:`), which has 64 bits. */
export function readInteger(line: Buffer, from: number, to: number): number | bigint {
  return readDigits(line, from, to, LONGEST_INTEGER);
}

/** Reads a big number (`(` of RESP3). */
export function readBigNumber(line: Buffer, from: number, to: number): number | bigint {
  return readDigits(line, from, to, LONGEST_NUMBER);
}

function readDigits(line: Buffer, from: number, to: number, longest: number): number | bigint {
  const first = line[from]! === MINUS ? from + 1 : from;
  const digits = to - first;
  if (digits < 1 || to - from > longest) throw new ProtocolError('an invalid integer');
  let value = 0;
  for (let i = first; i < to; i += 1) {
    const digit = line[i]!;
    if (digit < ZERO || digit > NINE) throw new ProtocolError('an invalid integer');
    value = value * 10 + digit - ZERO;
  }
  if (digits > SAFE_DIGITS) {
    const exact = BigInt(line.toString('latin1', from, to));
    const number = Number(exact);
    return Number.isSafeInteger(number) ? number : exact;
  }
  return first === from ? value : 0 - value;
}

/** Reads a boolean (`#` of RESP3) as 1 or 0. */
export function readBoolean(line: Buffer, from: number, to: number): number {
  const text = line.toString('latin1', from, to);
  if (text !== 't' && text !== 'f') throw new ProtocolError('an invalid boolean');
  return text === 't' ? 1 : 0;
}

/** Reads a double (`,` of RESP3) as its text. */
export function readDouble(line: Buffer, from: number, to: number): string {
  const text = line.toString('latin1', from, Math.min(to, from + LONGEST_NUMBER));
  if (!/^([+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|inf)|-?nan)$/.test(text)) throw new ProtocolError('an invalid double');
  return text;
}
