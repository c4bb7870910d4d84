import { isUtf8 } from 'node:buffer';
import { CodecError } from '../../../errors/codec.error.js';
import { DecodeBudget } from '../../budget/decode-budget.js';
import { isTreeDeeper, MAX_DEPTH } from '../../values/nesting.js';
import { countJson } from './json-cost.js';
import { JsonParser } from './json-parser.js';

/** Digits of an integer that JSON.parse may round. */
const LONG_DIGITS = 16;
const LONG_INTEGER = /(?<![\d.])\d{16}\d*(?![\d.eE])/;

/**
 * Reads the value of a JSON text as Python's json module reads it; JavaScript moves keys like `"2"` to the
 * front of their object. Throws a CodecError for damaged text, invalid UTF-8, nesting beyond MAX_DEPTH and
 * more than the budget allows.
 */
export function readJson(bytes: Buffer, budget: DecodeBudget = new DecodeBudget()): unknown {
  if (!isUtf8(bytes)) throw new CodecError("JSON: the bytes can't be read: they are not UTF-8.");
  try {
    const text = textOf(bytes, budget);
    if ((hasLongDigits(bytes) && LONG_INTEGER.test(text)) || hasMinusZero(text)) return parseOurselves(text, budget);
    return parseFast(text, budget);
  } catch (error) {
    // The reasons are our own sentences; JSON.parse's quote the text.
    const reason = error instanceof RangeError ? error.message.replace(/\.$/, '') : 'it is no JSON';
    throw new CodecError(`JSON: the bytes can't be read: ${reason}.`);
  }
}

function textOf(bytes: Buffer, budget: DecodeBudget): string {
  budget.reserve(bytes.length);
  const text = bytes.toString('utf8');
  // Beyond Latin-1 every character of a text takes two bytes.
  if (text.length !== bytes.length) budget.reserve(bytes.length);
  return text;
}

/**
 * Whether LONG_DIGITS digits stand in a row anywhere, strings included. Looks at every LONG_DIGITS-th byte.
 */
function hasLongDigits(bytes: Buffer): boolean {
  for (let at = LONG_DIGITS - 1; at < bytes.length; at += LONG_DIGITS) {
    if (!isDigit(bytes[at])) continue;
    let start = at;
    let end = at + 1;
    while (isDigit(bytes[start - 1])) start--;
    while (isDigit(bytes[end]) && end - start < LONG_DIGITS) end++;
    if (end - start >= LONG_DIGITS) return true;
  }
  return false;
}

/**
 * Whether `-0` stands anywhere, strings included, which is an int to Python; not as the start of `-0.5`,
 * `-0e1` or `-01`.
 */
function hasMinusZero(text: string): boolean {
  for (let at = text.indexOf('-0'); at !== -1; at = text.indexOf('-0', at + 2)) {
    const next = text.charCodeAt(at + 2);
    if (!isDigit(next) && next !== 0x2e && next !== 0x45 && next !== 0x65) return true;
  }
  return false;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

function parseOurselves(text: string, budget: DecodeBudget): unknown {
  countJson(text, budget, 'own');
  return new JsonParser(text).parse();
}

function parseFast(text: string, budget: DecodeBudget): unknown {
  const mark = budget.mark();
  countJson(text, budget, 'native');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // NaN and Infinity are what JSON.parse refuses and Python writes.
    budget.dropTo(mark);
    return parseOurselves(text, budget);
  }
  // A level takes two characters at least.
  if (text.length > 2 * MAX_DEPTH && isTreeDeeper(value, MAX_DEPTH))
    throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
  return value;
}
