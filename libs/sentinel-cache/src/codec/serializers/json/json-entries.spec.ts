import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../../errors/codec.error.js';
import { AwareDatetime } from '../../values/aware-datetime.js';
import { rememberOrder } from '../../values/dict.js';
import { Decimal } from '../../values/decimal.js';
import { NaiveDatetime } from '../../values/naive-datetime.js';
import { OrderedDict } from '../../values/ordered-dict.js';
import { Timezone } from '../../values/timezone.js';
import { Tuple } from '../../values/tuple.js';
import { createJsonSerializer } from './json.serializer.js';

const json = createJsonSerializer();
const exact = (value: unknown) => json.dumps(value).toString('latin1');
const entry = (value: unknown) => String(json.dumpsEntry!(value));

class Row {
  constructor(readonly n: number) {}
}

function hidden(toJSON: unknown): object {
  return Object.defineProperty({ a: 1 }, 'toJSON', { value: toJSON, enumerable: false });
}

function ordered(): Record<string, unknown> {
  const dict = { 2: 'b', 10: 'a' };
  rememberOrder(dict, ['10', '2']);
  return dict;
}

/** Each stands inside lists, objects and lists of numbers. */
function inside(value: unknown): unknown[] {
  return [
    value,
    [value],
    [1, value],
    [1.5, 2, value],
    { a: 1, b: value },
    [[{ a: [value] }]],
    Object.assign(Object.create(null), { value }),
  ];
}

const dict = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key ${index}`, index / 3]));

describe('JSON of entries', () => {
  it.each([
    [[1, 'a', null, true, 2.5], '[1,"a",null,true,2.5]'],
    [{ a: 1, b: undefined, c: { d: [] } }, '{"a":1,"c":{"d":[]}}'],
    ['héllo \ud800 "\u{1f600}"', '"héllo \\ud800 \\"\u{1f600}\\""'],
    [{ 10: 'a', 2: 'b' }, '{"2":"b","10":"a"}'],
    [-1.5e-7, '-1.5e-7'],
    [Tuple.of(1, [2]), '[1,[2]]'],
  ])('W-20: plain values are written as JSON.stringify writes them: %j', (value, text) => {
    expect(entry(value)).toBe(text);
  });

  it.each([
    ['-0', -0],
    ['a whole number from 2^53 on', 9007199254740992],
    ['another one below zero', -9007199254740994],
    ['one of 20 digits', 1e20],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a bigint', 7n],
    ['a large bigint', 2n ** 70n],
    ['a Date', new Date(0)],
    ['a Map', new Map([[1, 'one']])],
    ['an OrderedDict', new OrderedDict([['z', 1]])],
    ['a Decimal', new Decimal('1.50')],
    ['a moment', new AwareDatetime(new NaiveDatetime({ year: 2024, month: 2, day: 29 }), Timezone.UTC)],
    ['an instance', new Row(1)],
    ['a boxed number', Object(5)],
    ['a boxed text', Object('text')],
    ['a toJSON of its own', { toJSON: () => ({ a: -0 }) }],
    ['a hidden toJSON', hidden(() => [1.5])],
    ['a list with a toJSON', Object.assign([1], { toJSON: () => 'other' })],
    ['a field named toJSON', { toJSON: 1 }],
    ['a remembered order', ordered()],
  ])('W-21, W-23: %s is written byte for byte as Python writes it, wherever it stands', (_name, value) => {
    for (const whole of inside(value)) expect(entry(whole)).toBe(exact(whole));
  });

  it.each([
    ['undefined in a list', [undefined], 'undefined'],
    ['a hole', [1, , 2], 'undefined'], // oxlint-disable-line no-sparse-arrays
    ['a function', { fn: () => 1 }, 'function'],
    ['a symbol', { s: Symbol('s') }, 'symbol'],
    ['bytes', { b: Buffer.from('x') }, 'bytes'],
    ['a set', [new Set([1])], 'set'],
    ['a Promise', { p: Promise.resolve(1) }, 'Promise'],
  ])('W-24: %s is refused, and the path is named', (_name, value, reason) => {
    expect(() => entry(value)).toThrow(CodecError);
    expect(() => entry(value)).toThrow(/^value[.[]/);
    expect(() => entry(value)).toThrow(reason);
  });

  it('a bigint is a number for Python, even where JSON.stringify was taught to write text', () => {
    const prototype = BigInt.prototype as { toJSON?: unknown };
    prototype.toJSON = () => 'text';
    try {
      expect(entry({ n: 2n ** 60n })).toBe('{"n": 1152921504606846976}');
    } finally {
      delete prototype.toJSON;
    }
  });

  it('a cycle, nesting beyond the bound and shared parts without end are refused', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = [cycle];
    expect(() => entry(cycle)).toThrow('holds itself');
    let deep: unknown = 1;
    for (let level = 0; level < 1000; level++) deep = [deep];
    expect(entry(deep)).toBe(JSON.stringify(deep));
    expect(() => entry([deep])).toThrow('nests deeper');
    let shared: unknown = [1];
    for (let level = 0; level < 40; level++) shared = [shared, shared];
    expect(() => entry(shared)).toThrow('shared ones counted');
  });

  it('a getter that throws is named', () => {
    const value = { list: [{ get bad(): never { throw new Error('mine'); } }] }; // prettier-ignore
    expect(() => entry(value)).toThrow('value.list[0].bad');
  });

  it('what is written is read as the same value as of the bytes of Python', () => {
    for (const value of [
      dict,
      [dict, dict],
      Array.from({ length: 2000 }, (_, index) => index - 1000),
      [0.1, 1e300, 1e21],
      '\ufffd',
    ]) {
      const read = json.loads(Buffer.from(entry(value)));
      expect(read).toStrictEqual(json.loads(json.dumps(value)));
      expect(read).toStrictEqual(value);
    }
  });
});

describe('JSON reader, long texts and short ones alike', () => {
  const PADS = [0, 13, 3000].map((length) => [' '.repeat(length), `"${'x'.repeat(length)}"`, `"${'日'.repeat(length)}"`]).flat();

  it.each([
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740991', -9007199254740991],
    ['1700000000000000', 1700000000000000],
    ['9007199254740992.0', 9007199254740992],
    ['12345678901234567890', 12345678901234567890n],
    ['1e22', 1e22],
    ['0.12345678901234567890', 0.12345678901234568],
    ['-0', 0],
    ['-0.0', -0],
    ['-0e0', -0],
    ['-1e-400', -0],
    ['1e400', Infinity],
    ['"-0"', '-0'],
    ['"12345678901234567890"', '12345678901234567890'],
    ['", -0, 12345678901234567890, "', ', -0, 12345678901234567890, '],
    ['NaN', NaN],
  ])('W-22: %s', (text, value) => {
    for (const pad of PADS) {
      const before = pad.startsWith('"') ? `${pad},` : pad;
      for (const [whole, path] of [
        [`[${before}${text}]`, (read: unknown) => (read as unknown[]).at(-1)],
        [`[1, 2.5, ${before}${text}\n,0]`, (read: unknown) => (read as unknown[]).at(-2)],
        [
          `{"a":{"2024-01-01":[${before}{"b":${text}}]}}`,
          (read: unknown) => (read as { a: Record<string, { b: unknown }[]> }).a['2024-01-01']!.at(-1)!.b,
        ],
      ] as const) {
        expect(path(json.loads(Buffer.from(whole)))).toStrictEqual(value);
      }
    }
  });

  it('a number alone is read like one in a list', () => {
    expect(json.loads(Buffer.from('-0'))).toBe(0);
    expect(json.loads(Buffer.from(`${' '.repeat(3000)}-0`))).toBe(0);
    expect(json.loads(Buffer.from(`${' '.repeat(3000)}9007199254740993`))).toBe(9007199254740993n);
  });
});
