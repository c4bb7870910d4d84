import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../../errors/codec.error.js';
import { AwareDatetime } from '../../values/aware-datetime.js';
import { Complex } from '../../values/complex.js';
import { Decimal } from '../../values/decimal.js';
import { NaiveDatetime } from '../../values/naive-datetime.js';
import { OrderedDict } from '../../values/ordered-dict.js';
import { PythonRange } from '../../values/python-range.js';
import { PythonTime } from '../../values/python-time.js';
import { SafeString } from '../../values/safe-string.js';
import { Timedelta } from '../../values/timedelta.js';
import { Timezone } from '../../values/timezone.js';
import { Tuple } from '../../values/tuple.js';
import { createJsonSerializer } from './json.serializer.js';

const json = createJsonSerializer();
const dumps = (value: unknown) => json.dumps(value).toString('latin1');
const loads = (text: string) => json.loads(Buffer.from(text));
const wall = new NaiveDatetime({ year: 2024, month: 2, day: 29, hour: 12, minute: 34, second: 56, microsecond: 789_012 });

describe('JSON writer: the bytes of Python', () => {
  it.each([
    ['héllo wörld', '"h\\u00e9llo w\\u00f6rld"'],
    ['\u{1f600}/', '"\\ud83d\\ude00/"'],
    ['\x7f\u2028\n\x01"\\', '"\\u007f\\u2028\\n\\u0001\\"\\\\"'],
    ['\ud800', '"\\ud800"'],
    [[1, 'a', null, true, 2.5], '[1, "a", null, true, 2.5]'],
    [{ a: 1, b: { c: [] } }, '{"a": 1, "b": {"c": []}}'],
    [{}, '{}'],
    [{ a: undefined, b: 1 }, '{"b": 1}'],
    [Tuple.of(1, 2), '[1, 2]'],
    [[2n ** 63n], '[9223372036854775808]'],
    [
      [1e16, 1e-7, 1e300, 5e-324, 0.0001, 0.00001, 123456789.5, 9007199254740992],
      '[1e+16, 1e-07, 1e+300, 5e-324, 0.0001, 1e-05, 123456789.5, 9007199254740992.0]',
    ],
    [[NaN, Infinity, -Infinity, -0], '[NaN, Infinity, -Infinity, -0.0]'],
    [new OrderedDict([['z', 1]]), '{"z": 1}'],
    ['a\x7e\x7f\x80"\uffff'.repeat(2), '"a~\\u007f\\u0080\\"\\uffffa~\\u007f\\u0080\\"\\uffff"'],
  ])('W-20, W-21: %p', (value, text) => {
    expect(dumps(value)).toBe(text);
  });

  it('W-22: keys that are no strings become some', () => {
    expect(
      dumps(
        new Map<unknown, unknown>([
          [1, 1],
          [1.5, 2],
          [true, 3],
          [null, 4],
          [2n ** 64n, 5],
          [1e16, 6],
        ]),
      ),
    ).toBe('{"1": 1, "1.5": 2, "true": 3, "null": 4, "18446744073709551616": 5, "1e+16": 6}');
    expect(() => dumps(new Map([[[1], 1]]))).toThrow(CodecError);
  });

  it.each([
    [wall, '2024-02-29T12:34:56.789'],
    [new NaiveDatetime({ year: 2024, month: 2, day: 29 }), '2024-02-29T00:00:00'],
    [new AwareDatetime(wall, Timezone.UTC), '2024-02-29T12:34:56.789Z'],
    [new AwareDatetime(wall, Timezone.fixed(new Timedelta(0, 19_800))), '2024-02-29T12:34:56.789+05:30'],
    [new Date('2024-02-29T12:34:56.000Z'), '2024-02-29T12:34:56Z'],
    [new Date('2024-02-29T12:34:56.780Z'), '2024-02-29T12:34:56.780Z'],
    [new PythonTime(12, 34, 56, 789_012), '12:34:56.789'],
    [new Timedelta(0, -1), '-P0DT00H00M01S'],
    [new Decimal('-1E+3'), '-1E+3'],
    [new SafeString('<b>'), '<b>'],
  ])('W-23: %p is %s', (value, text) => {
    expect(dumps(value)).toBe(JSON.stringify(text));
  });

  it.each([
    [{ a: [Buffer.from('x')] }, 'value.a[0]'],
    [[new Set([1])], 'value[0]'],
    [new Complex(1, 2), 'value'],
    [new PythonRange(0, 1), 'value'],
    [new PythonTime(1, 0, 0, 0, { timezone: Timezone.UTC }), 'aware times'],
    [{ fn: () => 1 }, 'value.fn'],
    [[undefined], 'value[0]'],
    [new Date(NaN), 'invalid Date'],
    [{ n: 10n ** 5000n }, 'value.n'],
  ])('W-24: %p is a CodecError that names the path', (value, part) => {
    expect(() => dumps(value)).toThrow(CodecError);
    expect(() => dumps(value)).toThrow(part);
  });

  it('W-20: a thousand keys, and the same again, are written as they are', () => {
    const dict = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key é ${index}`, index]));
    expect(dumps([dict, dict])).toBe(`[${dumps(dict)}, ${dumps(dict)}]`);
    expect(loads(dumps(dict))).toEqual(dict);
  });

  it('finds a cycle far down', () => {
    const inner: unknown[] = [];
    inner.push([inner]);
    let value: unknown = inner;
    for (let level = 0; level < 100; level++) value = { value };
    expect(() => dumps(value)).toThrow('holds itself');
  });

  it('names the path of a cycle, and refuses what nests too deep', () => {
    const value: Record<string, unknown> = {};
    value['self'] = { again: value };
    expect(() => dumps(value)).toThrow('value.self.again');
    let deep: unknown = 1;
    for (let level = 0; level < 1001; level++) deep = [deep];
    expect(() => dumps(deep)).toThrow(CodecError);
  });
});

describe('JSON reader', () => {
  it.each([
    ['[9007199254740993, 9007199254740991, -9007199254740993]', [9007199254740993n, 9007199254740991, -9007199254740993n]],
    ['{"a": NaN, "b": [Infinity, -Infinity]}', { a: NaN, b: [Infinity, -Infinity] }],
    ['[-0, -0.0, 0]', [0, -0, 0]],
    ['[1.0000000000000002, 12345678901234567.5, 1e400]', [1.0000000000000002, 12345678901234568, Infinity]],
    ['["12345678901234567890", 1]', ['12345678901234567890', 1]],
    ['{"a": 1, "a": 2, "n": NaN}', { a: 2, n: NaN }],
    [' {"k\\"\\\\": "\\ud800", "x": [ ], "y": { }, "n": NaN}\r\n', { 'k"\\': '\ud800', x: [], y: {}, n: NaN }],
    ['12.0', 12],
    ['{"a":1234567890123456}', { a: 1234567890123456 }],
    [`[${' '.repeat(13)}9007199254740993]`, [9007199254740993n]],
    ['{"at": "2024-02-01", "n": [-0]}', { at: '2024-02-01', n: [0] }],
    ['[-0.5, -0e1, 1e-05]', [-0.5, -0, 1e-5]],
  ])('W-22, W-25: %s', (text, value) => {
    expect(loads(text)).toStrictEqual(value);
  });

  it('__proto__ is a key like any other, whichever parser reads it', () => {
    for (const text of ['{"__proto__": {"a": 1}}', '{"__proto__": {"a": NaN}}']) {
      expect(Object.keys(loads(text) as object)).toEqual(['__proto__']);
      expect((loads(text) as { a?: number }).a).toBeUndefined();
    }
  });

  it.each([
    '',
    'nul',
    '[1,]',
    '[NaN,]',
    '{"a" 1, "b": NaN}',
    '{NaN: 1}',
    '[NaN',
    '"\n"',
    '["\n", NaN]',
    '01',
    '[01, NaN]',
    '\ufeff1',
    'NaN1',
    '+1',
  ])('refuses %j and shows none of it', (text) => {
    expect(() => loads(text)).toThrow(CodecError);
    expect(() => loads(text)).toThrow(/^JSON: the bytes can't be read: it is no JSON\.$/);
  });

  it('W-22: finds a large integer wherever it stands', () => {
    for (let before = 0; before < 64; before++) {
      expect(loads(`${' '.repeat(before)}[9007199254740993]`)).toEqual([9007199254740993n]);
    }
  });

  it('W-3: refuses an integer of more digits than Python reads', () => {
    expect(loads(`[${'1'.repeat(4300)}]`)).toEqual([BigInt('1'.repeat(4300))]);
    expect(() => loads(`[-${'1'.repeat(4301)}]`)).toThrow('4300 digits');
  });

  it('refuses bytes that are not UTF-8, and nesting that Python would not read', () => {
    expect(() => json.loads(Buffer.from('"\xff"', 'latin1'))).toThrow(CodecError);
    for (const core of ['1', 'NaN']) {
      expect(loads('['.repeat(1000) + core + ']'.repeat(1000))).toHaveLength(1);
      expect(() => loads('['.repeat(100_000) + core + ']'.repeat(100_000))).toThrow('deeper');
      expect(() => loads('{"a":'.repeat(1001) + core + '}'.repeat(1001))).toThrow('deeper');
    }
  });

  it('refuses more containers than there is memory for before one is made; text in quotes holds none', () => {
    for (const unit of ['[],', '{},', '{"[":[]},'])
      expect(() => loads(`[${unit.repeat(5_000_000)}0]`)).toThrow('maxDecodedBytes');
    expect(() => loads('['.repeat(8_100_000))).toThrow('deeper');
    expect(loads(`["${'[{\\"'.repeat(2_100_000)}"]`)).toHaveLength(1);
  });
});
