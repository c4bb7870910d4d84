import {
  isAnyArrayBuffer,
  isBigIntObject,
  isBooleanObject,
  isDate,
  isMap,
  isNumberObject,
  isPromise,
  isSet,
} from 'node:util/types';

import { InvalidCacheKeyError } from '../../errors/invalid-cache-key.error.js';
import { classNameOf, isPlainObject } from './object-class.js';
import { hasPrivateFields } from './private-fields.js';

/** Deeper than any argument that means a key; what goes on is a chain of objects that hold each other. */
const MOST_DEPTH = 100;
/** The name of an item of a list. */
const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * Writes a value as text, for keys: equal values give one text, in whatever order their keys, entries or
 * members stand; values that differ give texts that differ (`7` and `'7'`, `[undefined]` and `[null]`).
 *
 * Throws InvalidCacheKeyError, which names the place, for what can't be told from others by what it holds:
 * functions, symbols, promises, objects without fields of their own or with private ones, and what contains
 * itself. Instances count by what `toJSON` gives, else by their own enumerable fields.
 *
 * @param where the argument, as an error names it: `UsersService.find, argument 1`.
 */
export function canonicalText(value: unknown, where: string): string {
  return written(value, { where, above: [] });
}

/** Where the writer is. */
interface Place {
  readonly where: string;
  /** The objects around the value. */
  readonly above: readonly object[];
}

function written(value: unknown, place: Place): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      // -0 equals 0.
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : object(value, inside(value, place));
    default:
      throw wrong(place, `a ${typeof value}`);
  }
}

function inside(value: object, { where, above }: Place): Place {
  if (above.includes(value)) throw wrong({ where, above }, 'an object that contains itself');
  if (above.length >= MOST_DEPTH) throw wrong({ where, above }, `objects more than ${MOST_DEPTH} deep`);
  return { where, above: [...above, value] };
}

function object(value: object, place: Place): string {
  if (Array.isArray(value)) return `[${items(value, place)}${more(value, place, (name) => !INDEX.test(name))}]`;
  if (isDate(value)) return `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()}${rest(value, place)})`;
  if (ArrayBuffer.isView(value)) return `${kindOfBytes(value)}(${hex(value.buffer, value.byteOffset, value.byteLength)})`;
  if (isAnyArrayBuffer(value)) return `ArrayBuffer(${hex(value, 0, value.byteLength)})`;
  if (isMap(value)) return `Map(${sorted([...value], ([key, item]) => pair(key, item, place))}${more(value, place)})`;
  if (isSet(value)) return `Set(${sorted([...value], (item) => written(item, place))}${more(value, place)})`;
  if (isBooleanObject(value) || isNumberObject(value) || isBigIntObject(value)) return written(value.valueOf(), place);
  // Node marks promises with symbols of its own.
  if (isPromise(value)) throw showsNothing(value, place);
  return fields(value, place);
}

function items(list: readonly unknown[], place: Place): string {
  return Array.from(list, (item, i) => written(item, at(place, `[${i}]`))).join(',');
}

/** A subclass of Date may know more than its milliseconds. */
function rest(value: Date, place: Place): string {
  if (Object.getPrototypeOf(value) === Date.prototype) return '';
  return `;${JSON.stringify(String(value.toJSON()))}${more(value, place)}`;
}

/** What a subclass, or anybody else, adds to what it holds. */
function more(value: object, place: Place, isMore: (name: string) => boolean = () => true): string {
  const entries = ownEntries(value, place).filter(([name]) => isMore(name));
  return entries.length === 0 ? '' : `;${sorted(entries, ([key, item]) => pair(key, item, place))}`;
}

/** Plain objects and instances by their fields; those that can say what they are (`toJSON`) by that. */
function fields(value: object, place: Place): string {
  const { toJSON } = value as { toJSON?: () => unknown };
  if (typeof toJSON === 'function') return `${classNameOf(value)}(${written(toJSON.call(value), at(place, '.toJSON()'))})`;
  const entries = ownEntries(value, place);
  if (isPlainObject(value) || (entries.length > 0 && !(value instanceof Error))) {
    return `{${sorted(entries, ([key, item]) => `${JSON.stringify(key)}:${written(item, at(place, `.${key}`))}`)}}`;
  }
  throw showsNothing(value, place);
}

function showsNothing(value: object, place: Place): InvalidCacheKeyError {
  return wrong(place, `an instance of ${classNameOf(value)}, which shows nothing to tell it from others`);
}

/** Fields, where they are all there is. */
function ownEntries(value: object, place: Place): [string, unknown][] {
  if (hasPrivateFields(value)) throw wrong(place, `an instance of ${classNameOf(value)}, which has private fields and no toJSON`);
  const symbols = Object.getOwnPropertySymbols(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  if (symbols.length > 0) throw wrong(place, 'a field whose name is a symbol');
  return Object.entries(value);
}

function pair(key: unknown, item: unknown, place: Place): string {
  return `${written(key, place)}=>${written(item, place)}`;
}

function sorted<T>(items: readonly T[], write: (item: T) => string): string {
  return items.map(write).sort().join(',');
}

/** A Buffer is the bytes that a Uint8Array is. */
function kindOfBytes(value: ArrayBufferView): string {
  return Buffer.isBuffer(value) ? 'Uint8Array' : (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag]!;
}

function hex(buffer: ArrayBufferLike, offset: number, length: number): string {
  return Buffer.from(buffer, offset, length).toString('hex');
}

function at({ where, above }: Place, step: string): Place {
  return { where: `${where}${step}`, above };
}

function wrong({ where }: Place, what: string): InvalidCacheKeyError {
  return new InvalidCacheKeyError(
    `${where}: expected a value that a key can be made of, got ${what}. Write key: (...args) => text in the decorator.`,
  );
}
