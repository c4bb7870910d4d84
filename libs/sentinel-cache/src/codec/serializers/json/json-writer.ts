import { types } from 'node:util';
import { orderedKeys } from '../../values/dict.js';
import { kindOf } from '../../values/kind.js';
import { MAX_DIGITS } from '../../values/max-digits.js';
import { MAX_CONTAINERS, MAX_DEPTH } from '../../values/nesting.js';
import {
  bytesOf,
  entryStep,
  fieldStep,
  refuseEmptyShells,
  refuseType,
  replacementOf,
  Unwritable,
} from '../unserializable-value.js';
import { escapeBeyondAscii } from './ascii-escapes.js';
import { jsonAtom } from './json-atoms.js';
import { formatFloat } from './python-float.js';

/** What Python does not leave as it is between quotes. */
const ESCAPED = /[^ !#-[\]-~]/;

/** Keys already quoted: values of one cache repeat them, within a dump and from one to the next. */
export type QuotedKeys = Map<string, string>;

/** How many keys are remembered, and the most characters of one. */
const MAX_KEYS = 512;
const MAX_KEY_LENGTH = 64;

/** How many levels are searched for a cycle at once. */
const NEAR = 20;

/** One dump under way: the containers around, to tell a cycle. */
interface Dump {
  readonly path: object[];
  readonly keys: QuotedKeys;
  /**
   * Containers met so far, shared ones as often as they were met: a few in one another would otherwise never
   * come to an end.
   */
  containers: number;
}

/** Writes a JSON text as Python's json module and DjangoJSONEncoder write it. Throws an Unwritable. */
export function writeJson(value: unknown, keys: QuotedKeys): string {
  return save(value, { path: [], keys, containers: 0 });
}

function save(value: unknown, dump: Dump): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : formatFloat(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return saveBigint(value);
    case 'object':
      return value === null ? 'null' : saveObject(value, dump);
    default:
      return refuseType(value);
  }
}

function saveBigint(value: bigint): string {
  const text = String(value);
  if (text.replace('-', '').length > MAX_DIGITS)
    throw new Unwritable(`an integer has more than ${MAX_DIGITS} digits, which Python does not read`);
  return text;
}

function saveObject(value: object, dump: Dump): string {
  const depth = dump.path.length;
  // A cycle that starts further down comes by once more, at the end of all levels.
  if ((depth < NEAR || depth >= MAX_DEPTH) && dump.path.includes(value))
    throw new Unwritable('it holds itself, which JSON can not express');
  if (depth >= MAX_DEPTH) throw new Unwritable(`it nests deeper than ${MAX_DEPTH} levels`);
  if (++dump.containers > MAX_CONTAINERS)
    throw new Unwritable(`it has more than ${MAX_CONTAINERS} objects, shared ones counted wherever they are met`);
  dump.path.push(value);
  const text = Array.isArray(value) ? saveArray(value as unknown[], dump) : saveOther(value, dump);
  dump.path.pop();
  return text;
}

function saveOther(value: object, dump: Dump): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return savePlain(value, dump);
  const kind = kindOf(value);
  if (types.isMap(value)) return saveMap(value, dump);
  if (kind !== undefined) return quote(jsonAtom(kind, value));
  if (types.isDate(value)) return quote(saveDate(value));
  if (types.isSet(value))
    throw new Unwritable('JSON has no set, and Django refuses it too; use an array, or the pickle serializer');
  const isBuffer = Buffer.isBuffer(value);
  if (isBuffer || bytesOf(value) !== undefined) {
    throw new Unwritable('JSON has no bytes, and Django refuses them too; use base64, or the pickle serializer');
  }
  if (types.isBoxedPrimitive(value)) return save(value.valueOf(), dump);
  refuseEmptyShells(value);
  return savePlain(value, dump);
}

function saveDate(date: Date): string {
  const year = date.getUTCFullYear();
  if (Number.isNaN(year)) throw new Unwritable('it is an invalid Date');
  if (year < 1 || year > 9999) throw new Unwritable("its year is outside 1 to 9999, which is all that Python's datetime has");
  return date.toISOString().replace('.000Z', 'Z');
}

function saveArray(list: readonly unknown[], dump: Dump): string {
  let text = '[';
  let at = 0;
  try {
    for (; at < list.length; at++) text += at === 0 ? save(list[at], dump) : `, ${save(list[at], dump)}`;
  } catch (error) {
    throw Unwritable.within(error, `[${at}]`);
  }
  return `${text}]`;
}

function savePlain(value: object, dump: Dump): string {
  const replacement = replacementOf(value);
  if (replacement !== undefined) return save(replacement.value, dump);
  let text = '{';
  let key = '';
  try {
    for (key of orderedKeys(value)) {
      const field = (value as Record<string, unknown>)[key];
      if (field !== undefined) text += `${text.length === 1 ? '' : ', '}${quoteKey(key, dump.keys)}${save(field, dump)}`;
    }
  } catch (error) {
    throw Unwritable.within(error, fieldStep(key));
  }
  return `${text}}`;
}

function saveMap(map: ReadonlyMap<unknown, unknown>, dump: Dump): string {
  let text = '{';
  for (const [key, value] of map) {
    try {
      text += `${text.length === 1 ? '' : ', '}${quote(keyText(key))}: ${save(value, dump)}`;
    } catch (error) {
      throw Unwritable.within(error, entryStep(key));
    }
  }
  return `${text}}`;
}

/** Keys that are no strings become some, as in Python. */
function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean' || typeof key === 'bigint' || key === null)
    return writeJson(key, new Map());
  if (typeof key === 'object' && kindOf(key) === 'safe-string') return String(key);
  throw new Unwritable('a key in JSON is a string, a number, a boolean or null');
}

function quoteKey(key: string, keys: QuotedKeys): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const quoted = `${quote(key)}: `;
  if (key.length > MAX_KEY_LENGTH) return quoted;
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(key, quoted);
  return quoted;
}

function quote(text: string): string {
  if (!ESCAPED.test(text)) return `"${text}"`;
  return escapeBeyondAscii(JSON.stringify(text));
}
