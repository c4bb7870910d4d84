import { types } from 'node:util';
import { AwareDatetime } from '../../libs/sentinel-cache/src/codec/values/aware-datetime.js';
import { ByteArray } from '../../libs/sentinel-cache/src/codec/values/byte-array.js';
import { kindOf } from '../../libs/sentinel-cache/src/codec/values/kind.js';

/** A value as `meta.tagged_legend` of the wire vectors spells it. */
export type Tagged = null | boolean | string | readonly Tagged[] | { readonly [tag: string]: unknown };

/** What the library decodes, spelt as the vectors spell it: types are told apart that `toEqual` would mix up. */
export function tag(value: unknown): Tagged {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return tagString(value);
  if (typeof value === 'bigint') return { $int: String(value) };
  if (typeof value === 'number') return tagNumber(value);
  if (typeof value !== 'object') throw new TypeError(`not a value: ${typeof value}`);
  return tagObject(value, kindOf(value));
}

function tagString(value: string): Tagged {
  if (!Buffer.from(value).toString().includes('\ufffd')) return value;
  return { $str_utf16_units: Array.from({ length: value.length }, (_, index) => value.charCodeAt(index)) };
}

function tagNumber(value: number): Tagged {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { $int: String(value) };
  return { $float: String(value) };
}

function tagObject(value: object, kind: string | undefined): Tagged {
  if (Array.isArray(value)) return kind === 'tuple' ? { $tuple: Array.from(value, tag) } : value.map(tag);
  if (types.isSet(value)) return { [kind === 'frozenset' ? '$frozenset' : '$set']: [...value].map(tag).sort(byText) };
  if (types.isMap(value)) {
    return { [kind === 'ordered-dict' ? '$ordereddict' : '$dict']: [...value].map(([key, item]) => [tag(key), tag(item)]) };
  }
  if (types.isDate(value))
    return { $datetime: (value instanceof AwareDatetime ? value : AwareDatetime.ofDate(value)).isoformat() };
  if (value instanceof ByteArray) return { $bytearray: Buffer.from(value).toString('hex') };
  if (Buffer.isBuffer(value)) return { $bytes: value.toString('hex') };
  if (kind === undefined) {
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError('an object of no known class');
    return { $dict: Object.entries(value).map(([key, item]) => [tag(key), tag(item)]) };
  }
  return tagAtom(value, kind);
}

function tagAtom(value: object, kind: string): Tagged {
  const fields = value as Record<string, unknown>;
  switch (kind) {
    case 'naive-datetime':
      return { $datetime: String(value) };
    case 'timedelta':
      return { $timedelta: [fields['days'], fields['seconds'], fields['microseconds']] };
    case 'range':
      return { $range: [fields['start'], fields['stop'], fields['step']] };
    case 'complex':
      return {
        $complex: [fields['re'], fields['im']].map((part) => (Number.isInteger(part) ? `${String(part)}.0` : String(part))),
      };
    case 'ellipsis':
      return { $object: 'builtins.ellipsis', str: 'Ellipsis' };
    case 'safe-string':
      return { $object: 'django.utils.safestring.SafeString', str: String(value) };
    default:
      return { [`$${kind}`]: String(value) };
  }
}

/** The vector's own spelling, made comparable: floats as JavaScript prints them, floats without fraction as ints, repeats spelt out. */
export function comparable(tagged: unknown): unknown {
  if (Array.isArray(tagged)) return tagged.map(comparable);
  if (typeof tagged !== 'object' || tagged === null) return tagged;
  const fields = tagged as Record<string, unknown>;
  if ('$float' in fields) return comparableFloat(String(fields['$float']));
  if ('$str_repeat' in fields) {
    const [text, count] = fields['$str_repeat'] as [string, number];
    return text.repeat(count);
  }
  if ('$set' in fields) return { $set: (fields['$set'] as unknown[]).map(comparable).sort(byText) };
  if ('$timedelta' in fields || '$range' in fields || '$str_utf16_units' in fields) return fields;
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, comparable(item)]));
}

function comparableFloat(repr: string): unknown {
  if (repr === '-0.0' || repr === '0') return { $float: '0' }; // what tag() says stays what it is
  const number = repr === 'nan' ? NaN : repr.endsWith('inf') ? (repr === 'inf' ? Infinity : -Infinity) : Number(repr);
  return tagNumber(number);
}

function byText(left: unknown, right: unknown): number {
  const spelt = (value: unknown) =>
    JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  const [a, b] = [spelt(left), spelt(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}
