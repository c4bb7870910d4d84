import { meetingBigints, meetingFloats, meetingInts } from './number-keys.js';

/** Bytes of a rule, about so many as are asked for. */
export interface Attack {
  readonly name: string;
  readonly serializer: 'pickle' | 'json' | 'msgpack';
  readonly bytes: (size: number) => Buffer;
}

type Piece = string | ((index: number) => string);
type Shape = readonly [name: string, head: string, piece: Piece, tail: string];

const uint32 = (number: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes.toString('latin1');
};
const bigUint32 = (number: number): string => Buffer.from(uint32(number), 'latin1').reverse().toString('latin1');
const short = (text: string): string => `\x8c${String.fromCharCode(text.length)}${text}`;
const long = (text: string): string => `X${uint32(text.length)}${text}`;
const lineOf = (path: string): string => `c${path.slice(0, path.lastIndexOf('.'))}\n${path.slice(path.lastIndexOf('.') + 1)}\n`;
/** Puts a name under number 0 of the memo. */
const named = (path: string): string => `${lineOf(path)}q\x000`;
const kept = (bytes: string, index: number): string => `${bytes}q${String.fromCharCode(index)}0`;
const int = (number: number): string => `J${uint32(number >>> 0)}`;
const float = (number: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(number);
  return `G${bytes.toString('latin1')}`;
};
const big = (number: bigint): string => {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').reverse();
  return `\x8a${String.fromCharCode(bytes.length + 1)}${bytes.toString('latin1')}\0`;
};
const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};

const INTS = once(() => meetingInts(200_000));
const FLOATS = once(() => meetingFloats(200_000));
const BIGINTS = once(() => meetingBigints(200_000));
const KEYS: Readonly<Record<string, (index: number) => string>> = {
  'ints that meet': (index) => int(INTS()[index % 200_000]!),
  'floats that meet': (index) => float(FLOATS()[index % 200_000]!),
  'bigints that meet': (index) => big(BIGINTS()[index % 200_000]!),
  'bigints that differ above bit 64': (index) => big((BigInt(index + 1) << 64n) | 7n),
  'ints and floats in turn': (index) => (index % 2 ? float(FLOATS()[index % 200_000]!) : int(INTS()[index % 200_000]!)),
};

const PARIS = `${lineOf('builtins.getattr')}${lineOf('zoneinfo.ZoneInfo')}${short('_unpickle')}\x86R${short('Europe/Paris')}K\x01\x86R`;
const moment = (index: number): string => {
  const year = 1900 + (index % 200);
  return String.fromCharCode(year >> 8, year & 0xff, 1 + (index % 12), 1 + (index % 28), index % 24, 0, 0, 0, 0, 0);
};
/** Letters of either case, all of them different ways to write one zone. */
const anyCase = (name: string, index: number): string =>
  name.replace(/[a-z]/g, (letter, at: number) => ((index >> at) & 1 ? letter.toUpperCase() : letter));

const IN_A_LIST: readonly Shape[] = [
  ['empty bytes', '', 'C\0', ''],
  ['bytes of one', '', 'C\x01a', ''],
  ['bytearrays', '', `\x96${'\x01' + '\0'.repeat(7)}a`, ''],
  ['nothing but None', '', 'N', ''],
  ['small ints', '', 'K\x01', ''],
  ['floats', '', 'G?\xf0\0\0\0\0\0\0', ''],
  ['bigints', '', `\x8a\x09${'\x01'.repeat(9)}`, ''],
  ['bigints of 64 KB', '', `\x8b\0\0\x01\0${'\x01'.repeat(65_536)}`, ''],
  ['bigints of 255 bytes', '', `\x8a\xff${'\x01'.repeat(255)}`, ''],
  ['integers of 4300 digits', '', `L${'9'.repeat(4300)}L\n`, ''],
  ['integers of 1000 digits', '', `I${'9'.repeat(1000)}\n`, ''],
  ['integers of 20 digits', '', `I${'9'.repeat(20)}\n`, ''],
  ['floats of 60 000 digits', '', `F0.${'1'.repeat(60_000)}\n`, ''],
  ['floats of 17 digits', '', 'F0.12345678901234567\n', ''],
  ['empty lists', '', ']', ''],
  ['lists of one', '', ']Na', ''],
  ['lists made of a mark', '', '(l', ''],
  ['empty dicts', '', '}', ''],
  ['dicts of one', '', '}h\x01Ns', ''],
  ['dicts of one new field', '', (index) => `}${short(index.toString(36))}Ns`, ''],
  ['dicts of a field that is an index', '', `}${short('1023')}Ns`, ''],
  ['dicts of fields that are indices far apart', '', `}(${short('3')}N${short('4000')}N${short('90000')}Nu`, ''],
  ['dicts of a field that is a prototype', '', `}${short('__proto__')}Ns`, ''],
  ['dicts of a number', '', '}K\x01Ns', ''],
  ['empty sets', '', '\x8f', ''],
  ['sets of one', '', '\x8f(K\x01\x90', ''],
  ['empty frozensets', '', '(\x91', ''],
  ['empty tuples', '', ')', ''],
  ['tuples of one', '', 'N\x85', ''],
  ['texts of two', '', short('ab'), ''],
  ['texts of three, all of them new', '', (index) => short((index % 46_656).toString(36).padStart(3, '_')), ''],
  ['texts of 20', '', short('abcdefghijklmnopqrst'), ''],
  ['texts of two bytes a character', '', short('\xc4\x81'), ''],
  ['texts with a lone surrogate', '', short('\xed\xa0\x80'), ''],
  ['Python 2 texts', '', 'U\x01a', ''],
  ['lines of text', '', 'V\\u0041\n', ''],
  ['empty lines of text', '', 'V\n', ''],
  ['the same bytes', kept('C\x01a', 1), 'h\x01', ''],
  ['the same by a line', kept('C\x01a', 1), 'g1\n', ''],
  ['names', '', lineOf('builtins.set'), ''],
  ['names by STACK_GLOBAL', kept(short('builtins'), 1) + kept(short('set'), 2), 'h\x01h\x02\x93', ''],
];

/** Arguments are written anew for each call, or taken from the memo. */
const CALLED: readonly (readonly [path: string, head: string, args: Piece])[] = [
  ['builtins.set', '', ')'],
  ['builtins.frozenset', '', ')'],
  ['builtins.bytearray', '', ')'],
  ['builtins.bytes', '', ')'],
  ['builtins.complex', kept('G?\xf0\0\0\0\0\0\0', 1), 'h\x01\x85'],
  ['builtins.range', '', 'K\x01K\x02K\x03\x87'],
  ['collections.OrderedDict', '', ')'],
  ['uuid.UUID', '', ')'],
  ['uuid.UUID', kept(short('1'.repeat(32)), 1), 'h\x01\x85'],
  ['decimal.Decimal', '', `${short('1.1')}\x85`],
  ['decimal.Decimal', kept(long('1'.repeat(100_000)), 1), 'h\x01\x85'],
  ['datetime.datetime', kept(`C\x0a${moment(5)}`, 1), 'h\x01\x85'],
  ['datetime.datetime', '', (index) => `C\x0a${moment(index)}\x85`],
  ['datetime.datetime', kept(`C\x0a${moment(5)}`, 1) + kept(PARIS, 2), 'h\x01h\x02\x86'],
  ['datetime.datetime', kept(PARIS, 2), (index) => `C\x0a${moment(index * 37)}h\x02\x86`],
  ['datetime.datetime', kept(`C\x0a${moment(5)}\x85`, 1), 'h\x01'],
  ['datetime.datetime', kept(PARIS, 2) + kept(`C\x0a${moment(5)}h\x02\x86`, 1), 'h\x01'],
  ['builtins.frozenset', kept(`(${'K\x01'.repeat(1000)}l\x85`, 1), 'h\x01'],
  ['django.utils.safestring.SafeString', kept(`${short('a')}\x85`, 1), 'h\x01'],
  ['datetime.date', kept('C\x04\x07\xe8\x02\x1d', 1), 'h\x01\x85'],
  ['datetime.time', kept('C\x06\x01\x01\x01\0\0\0', 1), 'h\x01\x85'],
  ['datetime.timedelta', '', 'K\x01\x85'],
  ['datetime.timezone', kept(`${lineOf('datetime.timedelta')}K\0K\x3c\x86R`, 1), 'h\x01\x85'],
  ['pytz.FixedOffset', '', 'K\x3c\x85'],
  ['pytz._UTC', '', ')'],
  ['pytz._p', '', (index) => `${short(anyCase('america/argentina/buenos_aires', index))}\x85`],
  ['django.utils.safestring.SafeString', kept(short('a'), 1), 'h\x01\x85'],
  ['django_redis.client.herd.Marker', '', ')'],
  ['_codecs.encode', kept(short('a'), 1) + kept(short('latin1'), 2), 'h\x01h\x02\x86'],
  ['_codecs.encode', kept(long('1'.repeat(100_000)), 1) + kept(short('latin1'), 2), 'h\x01h\x02\x86'],
  ['copyreg._reconstructor', kept(lineOf('builtins.set'), 1) + kept(lineOf('builtins.object'), 2), 'h\x01h\x02N\x87'],
  ['builtins.set', kept(`(${'N'.repeat(1000)}l`, 1), 'h\x01\x85'],
  ['builtins.frozenset', kept(`(${'K\x01'.repeat(10_000)}l`, 1), 'h\x01\x85'],
];

const LOOSE: readonly Shape[] = [
  ['what is made and dropped', '', ']0', 'N.'],
  ['marks', 'N', '(1', '.'],
  ['DUP', 'N', '2', '.'],
  ['a memo', 'N', '\x94', '.'],
  ['a memo filled from far away', 'N', (index) => `r${uint32(index * 4)}`, '.'],
  ['one dict filled with the same key', '}', `${short('1')}Ns`, '.'],
  ['one dict filled with a prototype', '}' + kept(short('__proto__'), 1), 'h\x01}s', '.'],
  ['one dict with many fields', '}(', (index) => `${short(index.toString(36).padStart(4, '_'))}N`, 'u.'],
  ['one dict with many fields that are indices', '}(', (index) => `${short(String(index * 1000))}N`, 'u.'],
  ['one dict with many indices, downwards', '}(', (index) => `${short(String(9_999_999 - index))}N`, 'u.'],
  [
    'two dicts of 50 000 fields filled in turn',
    [1, 2]
      .map((at) => `}q${String.fromCharCode(at)}(${many(50_000, (index) => `${short(index.toString(36).padStart(4, '_'))}N`)}u`)
      .join('') + kept(short('k'), 3),
    'h\x01h\x03Ns0h\x02h\x03Ns0',
    '.',
  ],
  [
    'two dicts of 50 000 indices filled in turn',
    [1, 2].map((at) => `}q${String.fromCharCode(at)}(${many(50_000, (index) => `${short(String(index * 3))}N`)}u`).join('') +
      kept(short('k'), 3),
    'h\x01h\x03Ns0h\x02h\x03Ns0',
    '.',
  ],
  ['one tuple of 100 000 as key', `(${'N'.repeat(100_000)}tq\x010}`, 'h\x01Ns', '.'],
  ['one tuple of tuples as key', `(${')'.repeat(10_000)}tq\x010}`, 'h\x01Ns', '.'],
  ['a tuple in a tuple as keys', '}q\x000)q\x010', 'h\x01N\x86q\x010h\x00h\x01Ns0', 'h\x00.'],
  ['frozensets in one another', ')', '0(h\x00\x91q\x00', '.'],
];

function many(count: number, piece: Piece): string {
  let text = '';
  for (let index = 0; index < count; index++) text += typeof piece === 'string' ? piece : piece(index);
  return text;
}

/** Head, so many pieces as fit, tail. */
function repeated([, head, piece, tail]: Shape, size: number): Buffer {
  const room = Math.max(size - head.length - tail.length, 0);
  if (typeof piece === 'string') return Buffer.from(head + piece.repeat(Math.floor(room / piece.length)) + tail, 'latin1');
  const parts = [head];
  for (let index = 0, length = 0; length < room; index++) length += parts[parts.push(piece(index)) - 1]!.length;
  return Buffer.from(parts.join('') + tail, 'latin1');
}

const aText = (fill: string, one: string) => (size: number) => {
  const content = fill.repeat(Math.floor((size - 10) / fill.length)) + one;
  return Buffer.from(`X${uint32(content.length)}${content}.`, 'latin1');
};

const PICKLES: readonly Attack[] = [
  ...IN_A_LIST.map(([name, head, piece]): Shape => [`a list: ${name}`, `${kept(short('k'), 1)}${head}](`, piece, 'e.']),
  ...IN_A_LIST.slice(0, 5).map(([name, head, piece]): Shape => [`a tuple: ${name}`, `${head}(`, piece, 't.']),
  ...IN_A_LIST.slice(0, 5).map(([name, head, piece]): Shape => [
    `items one by one: ${name}`,
    `${head}]`,
    typeof piece === 'string' ? `${piece}a` : piece,
    '.',
  ]),
  ...CALLED.map(([path, head, args], index): Shape => [
    `calls of ${path} (${index})`,
    `${named(path)}${head}](`,
    typeof args === 'string' ? `h\0${args}R` : (at) => `h\0${args(at)}R`,
    'e.',
  ]),
  ...Object.entries(KEYS).flatMap(([name, key]): Shape[] => [
    [`a dict: ${name}`, '}(', (index) => `${key(index)}N`, 'u.'],
    [`a set: ${name}`, '\x8f(', key, '\x90.'],
    [`a set filled one by one: ${name}`, '\x8f', (index) => `(${key(index)}\x90`, '.'],
    [`a frozenset: ${name}`, '(', key, '\x91.'],
    [`a set of a list: ${name}`, `${lineOf('builtins.set')}(`, key, 'l\x85R.'],
    [`an OrderedDict: ${name}`, `${lineOf('collections.OrderedDict')})R(`, (index) => `${key(index)}N`, 'u.'],
    [`a set of tuples: ${name}`, '\x8f(', (index) => `${key(index)}\x85`, '\x90.'],
  ]),
  ...LOOSE,
].map((shape) => ({ name: shape[0], serializer: 'pickle', bytes: (size) => repeated(shape, size) }));

const TEXTS: readonly Attack[] = [
  ['ASCII and one U+FFFD', 'a', '\xef\xbf\xbd'],
  ['ASCII and one character of two bytes', 'a', '\xc4\x81'],
  ['ASCII and one lone surrogate', 'a', '\xed\xa0\x80'],
  ['lone surrogates', '\xed\xa0\x80', 'a'],
  ['U+FFFD', '\xef\xbf\xbd', 'a'],
  ['ASCII and one byte that is none', 'a', '\xff'],
].map(([name, fill, one]) => ({ name: `a text: ${name}`, serializer: 'pickle', bytes: aText(fill!, one!) }));

const JSONS: readonly Attack[] = (
  [
    ['empty lists', '[]'],
    ['empty objects', '{}'],
    ['lists of one', '[0]'],
    ['objects of one', '{"a":0}'],
    ['objects of one new field', (index) => `{"${index.toString(36)}":0}`],
    ['objects of a field that is an index', '{"1023":0}'],
    ['objects of fields that are indices far apart', '{"3":0,"4000":0,"90000":0}'],
    ['objects of a field that is a prototype', '{"__proto__":0}'],
    ['objects of the same field many times', '{"a":0,"a":0,"a":0,"a":0,"a":0,"a":0,"a":0}'],
    ['numbers', '0'],
    ['floats', '1.5'],
    ['floats of 17 digits', '0.12345678901234567'],
    ['floats of 10 000 digits', `0.${'1'.repeat(10_000)}`],
    ['integers of 17 digits', '9'.repeat(17)],
    ['integers of 1000 digits', '9'.repeat(1000)],
    ['integers of 4300 digits', '9'.repeat(4300)],
    ['empty texts', '""'],
    ['texts of one', '"a"'],
    ['texts of two', '"ab"'],
    ['texts of a character of two bytes', '"\xc4\x81"'],
    ['texts of an escape', '"\\u0101"'],
    ['texts of line feeds', '"\\n\\n\\n\\n\\n\\n"'],
    ['null', 'null'],
    ['spaces', `0${' '.repeat(100)}`],
  ] as (readonly [string, Piece])[]
).flatMap(([name, piece]): Attack[] => {
  const item = typeof piece === 'string' ? `${piece},` : (index: number) => `${piece(index)},`;
  return [
    { name: `JSON: ${name}`, serializer: 'json', bytes: (size) => repeated(['', '[', item, '0]'], size) },
    { name: `JSON, with NaN: ${name}`, serializer: 'json', bytes: (size) => repeated(['', '[', item, 'NaN]'], size) },
  ];
});

const MORE_JSON: readonly Attack[] = (
  [
    ['JSON: objects of one field many times', '{', '"a":0,', '"a":0}'],
    ['JSON: an object of many fields', '{', (index) => `"${index.toString(36)}":0,`, '"a":0}'],
    ['JSON: an object of many indices', '{', (index) => `"${index * 1000}":0,`, '"a":0}'],
    ['JSON: NaN', '[', 'NaN,', 'NaN]'],
    ['JSON: a text of quotes', '"', '\\"', '"'],
    ['JSON: a text of quotes, and NaN', '[NaN,"', '\\"', '"]'],
    ['JSON: minus zeros in a text', '"', '-0', '"'],
    ['JSON: digits', '[', '1', ']'],
    ['JSON: a text of digits', '["', '1', '"]'],
    ['JSON: digits and points', '[', `${'1'.repeat(20)}.`, ']'],
    ['JSON: brackets', '', '[', ''],
  ] as Shape[]
).map((shape) => ({ name: shape[0], serializer: 'json', bytes: (size) => repeated(shape, size) }));

/** An array or map of so many items as fit. */
const packed =
  (first: string, piece: Piece) =>
  (size: number): Buffer => {
    const items = repeated(['', '', piece, ''], size).toString('latin1');
    const count = typeof piece === 'string' ? items.length / piece.length : countOf(piece, items.length);
    return Buffer.from(first + bigUint32(count) + items, 'latin1');
  };
function countOf(piece: (index: number) => string, size: number): number {
  let count = 0;
  for (let length = 0; length < size; count++) length += piece(count).length;
  return count;
}
const MSGPACKS: readonly Attack[] = (
  [
    ['empty bytes', '\xc4\0'],
    ['bytes of one', '\xc4\x01a'],
    ['empty maps', '\x80'],
    ['maps of one', '\x81\xa1a\xc0'],
    ['maps of one new field', (index) => `\x81\xa4${index.toString(36).padStart(4, '_').slice(-4)}\xc0`],
    ['maps of a field that is an index', '\x81\xa41023\xc0'],
    ['maps of a prototype', '\x81\xa9__proto__\xc0'],
    ['maps of bytes', '\x81\xc4\0\xc0'],
    ['empty arrays', '\x90'],
    ['arrays of one', '\x91\xc0'],
    ['nil', '\xc0'],
    ['floats', '\xcb?\xf0\0\0\0\0\0\0'],
    ['short floats', '\xca\0\0\0\0'],
    ['bigints', `\xcf${'\xff'.repeat(8)}`],
    ['texts of two', '\xa2ab'],
    ['texts of two bytes a character', '\xa2\xc4\x81'],
    ['extensions', '\xd4\0\0'],
    ['empty extensions', '\xc7\0\0'],
  ] as (readonly [string, Piece])[]
).map(([name, piece]) => ({ name: `msgpack: ${name}`, serializer: 'msgpack', bytes: packed('\xdd', piece) }));
const MORE_MSGPACK: readonly Attack[] = (
  [
    ['one field many times', '\xa2ab\xc0'],
    ['many fields', (index) => `\xa4${index.toString(36).padStart(4, '_').slice(-4)}\xc0`],
    ['many indices', (index) => `\xa7${String(1_000_000 + index * 7)}\xc0`],
    ['many keys of bytes', '\xc4\x01a\xc0'],
  ] as (readonly [string, Piece])[]
).map(([name, piece]) => ({ name: `msgpack, one map: ${name}`, serializer: 'msgpack', bytes: packed('\xdf', piece) }));

/** Everything that is known to be worth trying. */
export const ATTACKS: readonly Attack[] = [...PICKLES, ...TEXTS, ...JSONS, ...MORE_JSON, ...MSGPACKS, ...MORE_MSGPACK];
