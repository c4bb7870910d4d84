import { AwareDatetime } from '../../libs/sentinel-cache/src/codec/values/aware-datetime.js';
import { ByteArray } from '../../libs/sentinel-cache/src/codec/values/byte-array.js';
import { Complex } from '../../libs/sentinel-cache/src/codec/values/complex.js';
import { Decimal } from '../../libs/sentinel-cache/src/codec/values/decimal.js';
import { ELLIPSIS } from '../../libs/sentinel-cache/src/codec/values/ellipsis.js';
import { FrozenSet } from '../../libs/sentinel-cache/src/codec/values/frozen-set.js';
import { NaiveDatetime } from '../../libs/sentinel-cache/src/codec/values/naive-datetime.js';
import { OrderedDict } from '../../libs/sentinel-cache/src/codec/values/ordered-dict.js';
import { PythonDate } from '../../libs/sentinel-cache/src/codec/values/python-date.js';
import { PythonRange } from '../../libs/sentinel-cache/src/codec/values/python-range.js';
import { PythonTime } from '../../libs/sentinel-cache/src/codec/values/python-time.js';
import { SafeString } from '../../libs/sentinel-cache/src/codec/values/safe-string.js';
import { Timedelta } from '../../libs/sentinel-cache/src/codec/values/timedelta.js';
import { Timezone } from '../../libs/sentinel-cache/src/codec/values/timezone.js';
import { Tuple } from '../../libs/sentinel-cache/src/codec/values/tuple.js';
import { Uuid } from '../../libs/sentinel-cache/src/codec/values/uuid.js';

const wall = new NaiveDatetime({ year: 2024, month: 2, day: 29, hour: 12, minute: 34, second: 56, microsecond: 789_012 });
const second = new NaiveDatetime({ year: 2024, month: 10, day: 27, hour: 2, minute: 30, fold: 1 });
const hour = Timezone.fixed(new Timedelta(0, 3600), 'CET');

/** A value of each Python type that a cache meets, by its name. */
export const VALUES = {
  'a datetime': wall,
  'a datetime of the hour that comes twice': second,
  'a datetime in UTC': new AwareDatetime(wall, Timezone.UTC),
  'a datetime with an offset that has a name': new AwareDatetime(wall, hour),
  'a datetime in a zone': new AwareDatetime(wall, Timezone.zone('Europe/Paris')),
  'a date': new PythonDate(1, 1, 1),
  'a time': new PythonTime(23, 59, 59, 999_999),
  'a time with an offset': new PythonTime(1, 2, 3, 4, { timezone: hour, fold: 1 }),
  'a timedelta': new Timedelta(-999_999_999, 86_399, 999_999),
  'a Decimal': new Decimal('-1.10E+400'),
  'a Decimal that is no number': new Decimal('NaN'),
  'a UUID': new Uuid('00000000-0000-0000-0000-000000000001'),
  'a UUID of the largest number': new Uuid('ffffffff-ffff-ffff-ffff-ffffffffffff'),
  'a set': new Set<unknown>([1, 'a', Tuple.of(1, null), new FrozenSet([2])]),
  'an empty set': new Set(),
  'a frozenset': new FrozenSet<unknown>(['a', 2.5, true]),
  bytes: Buffer.from([0, 255, 16]),
  'no bytes': Buffer.alloc(0),
  '300 bytes': Buffer.alloc(300, 7),
  'a bytearray': new ByteArray([0, 255]),
  'an empty bytearray': new ByteArray(0),
  'integers of every size': [
    0,
    255,
    256,
    65_535,
    65_536,
    -1,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    Number.MAX_SAFE_INTEGER,
  ],
  'big integers': [2n ** 53n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 200n), 7n ** 900n],
  floats: [0.1, -0, 5e-324, 1.7976931348623157e308, NaN, Infinity, -Infinity],
  'a dict with integers as keys': new Map([
    [1, 'one'],
    [-7, 'seven'],
  ]),
  'a dict with keys of many types': new Map<unknown, unknown>([
    ['a', 1],
    [2, 2],
    [1.5, 3],
    [null, 5],
    [Tuple.of(1, 'x'), 6],
    [Buffer.from('k'), 7],
    [new PythonDate(2024, 2, 29), 8],
    [new Uuid('12345678-1234-5678-1234-567812345678'), 9],
    [2n ** 70n, 10],
  ]),
  'a tuple': Tuple.of(1, Tuple.of(), [Tuple.of('x', 2, 3, 4)]),
  'an OrderedDict': new OrderedDict<unknown, unknown>([
    ['z', 1],
    ['a', new OrderedDict([[1, 2]])],
  ]),
  'a SafeString': new SafeString('<p>hé</p>'),
  'a complex number': new Complex(1.5, -2),
  'a range': new PythonRange(0, 10n ** 20n, 3),
  Ellipsis: ELLIPSIS,
  'text of all planes': 'a\0é\u07ff\u0800\uffff\u{1f600}\u{10ffff}',
  'text with half a pair': 'a\ud800b\udc00\udfff',
  'text that holds U+FFFD': '\ufffd',
  'long text': 'é'.repeat(70_000),
  'nothing and truth': [null, true, false],
  'keys that look special': JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3, "2": 4, "10": 5, "": 6}') as object,
} as const;

export const everyType: readonly unknown[] = Object.values(VALUES);

/** Rows as a list view caches them. */
export function rows(count: number): object[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `user ${id}`,
    score: id / 7,
    tags: ['a', 'b'],
    none: null,
    at: new AwareDatetime(wall, Timezone.UTC),
  })).map((row, index) => (index % 2 === 0 ? row : { ...row, at: String(row.at) }));
}
