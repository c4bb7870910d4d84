import { isUtf8 } from 'node:buffer';
import { CodecError } from '../../../errors/codec.error.js';
import { MAX_DEPTH } from '../../values/nesting.js';
import { JsonParser } from './json-parser.js';

/** Numbers that JSON.parse may get wrong: integers of 16 digits and more, and the int `-0`. */
const SUSPECT = /(?<![\d.])\d{16}\d*(?![\d.eE])/;
const MINUS_ZERO = /-0(?![\d.eE])/;

/**
 * The value of a JSON text as Python's json module reads it (W-25); JavaScript moves keys like `"2"` to the front of their object.
 * Throws a CodecError for damaged text, invalid UTF-8 and nesting beyond MAX_DEPTH.
 */
export function readJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new CodecError("JSON: the bytes can't be read: they are not UTF-8.");
  const text = bytes.toString('utf8');
  try {
    if (SUSPECT.test(text) || (text.includes('-0') && MINUS_ZERO.test(text))) return new JsonParser(text).parse();
    return parseFast(text);
  } catch (error) {
    // The reasons are our own sentences; JSON.parse's quote the text.
    const reason = error instanceof RangeError ? error.message : 'it is no JSON';
    throw new CodecError(`JSON: the bytes can't be read: ${reason}.`);
  }
}

function parseFast(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // NaN and Infinity are what JSON.parse refuses and Python writes.
    return new JsonParser(text).parse();
  }
  // A level takes two characters at least.
  if (text.length > 2 * MAX_DEPTH && isDeeper(value, MAX_DEPTH)) throw new RangeError(`it nests deeper than ${MAX_DEPTH} levels`);
  return value;
}

/** Fresh from JSON.parse: a tree, without shared parts. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (isDeeper(value[at], levels - 1)) return true;
    return false;
  }
  for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}
