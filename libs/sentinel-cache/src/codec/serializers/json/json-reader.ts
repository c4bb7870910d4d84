import { CodecError } from '../../../errors/codec.error.js';
import { DecodeBudget } from '../../budget/decode-budget.js';
import { MAX_DEPTH } from '../../values/nesting.js';
import { utf8Text } from '../utf8-text.js';
import { countJson } from './json-cost.js';
import { JsonParser } from './json-parser.js';
import { oddityOf } from './parsed-value.js';

/**
 * A text up to this length can't nest too deep, as a level takes two characters at least; and a look at it
 * takes less time than one at the value made of it.
 */
const SHORT = 2 * MAX_DEPTH;
/** Digits of an integer that JSON.parse may round. */
const LONG_DIGITS = 16;
/** An integer of 16 digits is beyond 2^53 when it begins with a 9, and only then. */
const NINE = 0x39;
const NOT_JSON = Symbol('not JSON');

/**
 * Reads the value of a JSON text as Python's json module reads it; JavaScript moves keys like `"2"` to the
 * front of their object. Throws a CodecError for damaged text, invalid UTF-8, nesting beyond MAX_DEPTH and
 * more than the budget allows.
 */
export function readJson(bytes: Buffer, budget: DecodeBudget = new DecodeBudget()): unknown {
  try {
    const text = textOf(bytes, budget);
    if (text.length > SHORT) return parseLong(bytes, text, budget);
    return mayDiffer(bytes, text) ? parseOurselves(bytes, text, budget) : parseShort(bytes, text, budget);
  } catch (error) {
    if (error instanceof CodecError) throw error;
    // The reasons are our own sentences; JSON.parse's quote the text.
    const reason = error instanceof RangeError ? error.message.replace(/\.$/, '') : 'it is no JSON';
    throw new CodecError(`JSON: the bytes can't be read: ${reason}.`);
  }
}

function textOf(bytes: Buffer, budget: DecodeBudget): string {
  budget.reserve(bytes.length);
  const text = utf8Text(bytes);
  if (text === undefined) throw new CodecError("JSON: the bytes can't be read: they are not UTF-8.");
  // Beyond Latin-1 every character of a text takes two bytes.
  if (text.length !== bytes.length) budget.reserve(bytes.length);
  return text;
}

/**
 * Whether an integer beyond 2^53 may stand anywhere, a text that looks like one included: LONG_DIGITS digits
 * or more between what may stand around a number. Looks at every LONG_DIGITS-th byte.
 */
function mayHoldLongInteger(bytes: Buffer): boolean {
  for (let at = LONG_DIGITS - 1; at < bytes.length; at += LONG_DIGITS) {
    if (!isDigit(bytes[at])) continue;
    let start = at;
    while (isDigit(bytes[start - 1])) start--;
    let end = at + 1;
    while (isDigit(bytes[end])) end++;
    const isLong = end - start > LONG_DIGITS || (end - start === LONG_DIGITS && bytes[start] === NINE);
    if (isLong && mayBegin(bytes[start - 1]) && mayEnd(bytes[end])) return true;
    // The end may lie far behind: nothing is looked at twice.
    if (end > at + LONG_DIGITS) at += Math.floor((end - at - 1) / LONG_DIGITS) * LONG_DIGITS;
  }
  return false;
}

/** Whether a number may begin behind this byte: behind `[`, `:`, `,`, `-`, whitespace, and at the start. */
function mayBegin(before: number | undefined): boolean {
  return before === undefined || before <= 0x20 || before === 0x5b || before === 0x3a || before === 0x2c || before === 0x2d;
}

/** Whether this byte may end an integer; a point and an exponent make a float of it. */
function mayEnd(after: number | undefined): boolean {
  return after === undefined || after <= 0x20 || after === 0x5d || after === 0x7d || after === 0x2c;
}

/** Whether an integer `-0` may stand anywhere, a text that looks like one included. */
function mayHoldMinusZero(text: string): boolean {
  for (let at = text.indexOf('-0'); at !== -1; at = text.indexOf('-0', at + 2)) {
    const next = text.charCodeAt(at + 2);
    // A digit, a point and an exponent make something else of it.
    if (!isDigit(next) && next !== 0x2e && next !== 0x45 && next !== 0x65) return true;
  }
  return false;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39;
}

/** Whether JSON.parse may make another value of the text than Python. */
function mayDiffer(bytes: Buffer, text: string): boolean {
  return mayHoldLongInteger(bytes) || mayHoldMinusZero(text);
}

function parseOurselves(bytes: Buffer, text: string, budget: DecodeBudget): unknown {
  countJson({ text, bytes }, budget, 'own');
  return new JsonParser(text).parse();
}

function parseShort(bytes: Buffer, text: string, budget: DecodeBudget): unknown {
  const mark = budget.mark();
  countJson({ text, bytes }, budget, 'native');
  try {
    return JSON.parse(text);
  } catch {
    // NaN and Infinity are what JSON.parse refuses and Python writes.
    budget.dropTo(mark);
    return parseOurselves(bytes, text, budget);
  }
}

function parseLong(bytes: Buffer, text: string, budget: DecodeBudget): unknown {
  const mark = budget.mark();
  countJson({ text, bytes }, budget, 'native');
  let value: unknown = NOT_JSON;
  try {
    value = JSON.parse(text);
  } catch {
    // As above.
  }
  const oddity = value === NOT_JSON ? 'number' : oddityOf(value, MAX_DEPTH);
  if (oddity === 'deep') throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
  if (oddity === 'none' || (value !== NOT_JSON && !mayDiffer(bytes, text))) return value;
  value = undefined;
  budget.dropTo(mark);
  return parseOurselves(bytes, text, budget);
}
