import {
  AwareDatetime,
  ByteArray,
  Complex,
  Decimal,
  FrozenSet,
  NaiveDatetime,
  OrderedDict,
  PythonDate,
  PythonRange,
  PythonTime,
  SafeString,
  Timedelta,
  Timezone,
  Tuple,
  Uuid,
} from 'nestjs-sentinel-cache/values';
import type { Tagged } from '../../codec/tagged-value.js';

type Reader = (value: never) => unknown;

/** The value as a JavaScript program would hold it: the way back from `tag`. */
export function untag(tagged: Tagged): unknown {
  if (Array.isArray(tagged)) return tagged.map(untag);
  if (typeof tagged !== 'object' || tagged === null) return tagged;
  const [[kind, value]] = Object.entries(tagged) as [[string, unknown]];
  if (kind === '$object') return new SafeString((tagged as { str: string }).str);
  return READ[kind]!(value as never);
}

const READ: Readonly<Record<string, Reader>> = {
  $int: (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)),
  $float: (repr: string) => Number(repr.replace('inf', 'Infinity')),
  $tuple: (items: Tagged[]) => Tuple.of(...items.map(untag)),
  $set: (items: Tagged[]) => new Set(items.map(untag)),
  $frozenset: (items: Tagged[]) => new FrozenSet(items.map(untag)),
  $dict: (pairs: [Tagged, Tagged][]) => {
    const entries = pairs.map(([key, value]) => [untag(key), untag(value)] as const);
    return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : new Map(entries);
  },
  $ordereddict: (pairs: [Tagged, Tagged][]) => new OrderedDict(pairs.map(([key, value]) => [untag(key), untag(value)])),
  $bytes: (hex: string) => Buffer.from(hex, 'hex'),
  $bytearray: (hex: string) => ByteArray.from(Buffer.from(hex, 'hex')),
  $complex: ([re, im]: [string, string]) => new Complex(Number(re), Number(im)),
  $range: ([start, stop, step]: [number, number, number]) => new PythonRange(start, stop, step),
  $str_utf16_units: (units: number[]) => String.fromCharCode(...units),
  $str_repeat: ([text, count]: [string, number]) => text.repeat(count),
  $datetime: datetime,
  $date: (text: string) => new PythonDate(...(numbers(text) as [number, number, number])),
  $time: (text: string) => new PythonTime(...(numbers(text) as [number, number, number, number])),
  $timedelta: (parts: [number, number, number]) => new Timedelta(...parts),
  $decimal: (text: string) => new Decimal(text),
  $uuid: (text: string) => new Uuid(text),
};

function numbers(text: string): number[] {
  return text.split(/[-:.]/).map(Number);
}

function datetime(text: string): unknown {
  const [, date, time, micros = '0', offset] = /^([\d-]+)T([\d:]+)(?:\.(\d+))?([+-]\d\d:\d\d)?$/.exec(text)!;
  const [year, month, day, hour, minute, second] = numbers(`${date}:${time}`) as [number, number, number, number, number, number];
  const wall = new NaiveDatetime({ year, month, day, hour, minute, second, microsecond: Number(micros) });
  if (offset === undefined) return wall;
  return new AwareDatetime(wall, Timezone.fixed(offsetOf(offset)));
}

function offsetOf(text: string): Timedelta {
  const [hours, minutes] = numbers(text.slice(1)) as [number, number];
  return new Timedelta(0, (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60));
}
