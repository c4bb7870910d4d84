import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../../errors/codec.error.js';
import { Complex } from '../../values/complex.js';
import { Decimal } from '../../values/decimal.js';
import { FrozenSet } from '../../values/frozen-set.js';
import { MsgpackExtension } from '../../values/msgpack-extension.js';
import { NaiveDatetime } from '../../values/naive-datetime.js';
import { OrderedDict } from '../../values/ordered-dict.js';
import { SafeString } from '../../values/safe-string.js';
import { Timedelta } from '../../values/timedelta.js';
import { Tuple } from '../../values/tuple.js';
import { Uuid } from '../../values/uuid.js';
import { createMsgpackSerializer } from './msgpack.serializer.js';

const msgpack = createMsgpackSerializer();
const dumps = (value: unknown) => msgpack.dumps(value).toString('hex');
const loads = (hex: string) => msgpack.loads(Buffer.from(hex, 'hex'));

describe('MessagePack writer: the bytes of Python', () => {
  it.each<[unknown, string]>([
    ['hello', 'a568656c6c6f'],
    [true, 'c3'],
    [1.5, 'cb3ff8000000000000'],
    [{ a: 1, b: 'two' }, '82a16101a162a374776f'],
    [Buffer.from('00ff10', 'hex'), 'c40300ff10'],
    [null, 'c0'],
    [[], '90'],
    [{}, '80'],
    [-0, 'cb8000000000000000'],
    [NaN, 'cb7ff8000000000000'],
    [1e300, 'cb7e37e43c8800759c'],
    [2 ** 60, 'cb43b0000000000000'],
  ])('W-30, W-32: %p', (value, hex) => {
    expect(dumps(value)).toBe(hex);
  });

  it.each<[number | bigint, string]>([
    [0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65_535, 'cdffff'],
    [65_536, 'ce00010000'],
    [4_294_967_295, 'ceffffffff'],
    [4_294_967_296, 'cf0000000100000000'],
    [9_007_199_254_740_991, 'cf001fffffffffffff'],
    [2n ** 64n - 1n, 'cfffffffffffffffff'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-128, 'd080'],
    [-129, 'd1ff7f'],
    [-32_768, 'd18000'],
    [-32_769, 'd2ffff7fff'],
    [-2_147_483_648, 'd280000000'],
    [-2_147_483_649, 'd3ffffffff7fffffff'],
    [-(2n ** 63n), 'd38000000000000000'],
    [5n, '05'],
  ])('W-30: the integer %p is as short as it goes, and comes back', (value, hex) => {
    expect(dumps([value])).toBe(`91${hex}`);
    expect(loads(`91${hex}`)).toEqual([value === 5n ? 5 : value]);
  });

  it.each([31, 32, 255, 256, 65_535, 65_536])('lengths of %d have the form of Python', (length) => {
    const size = (fixed: number | undefined, bits8: string, bits16: string, bits32: string) => {
      if (fixed !== undefined && length <= 31) return (fixed | length).toString(16);
      if (length <= 0xff && bits8 !== '') return bits8 + length.toString(16).padStart(2, '0');
      return length <= 0xffff ? bits16 + length.toString(16).padStart(4, '0') : bits32 + length.toString(16).padStart(8, '0');
    };
    expect(dumps('x'.repeat(length))).toBe(size(0xa0, 'd9', 'da', 'db') + '78'.repeat(length));
    expect(dumps(Buffer.alloc(length))).toBe(size(undefined, 'c4', 'c5', 'c6') + '00'.repeat(length));
    expect(dumps(Array.from({ length }, () => 1))).toBe(size(undefined, '', 'dc', 'dd') + '01'.repeat(length));
    const entries = Array.from({ length }, (_, index) => [`k${index}`, 1] as const);
    expect(dumps(Object.fromEntries(entries)).startsWith(size(undefined, '', 'de', 'df'))).toBe(true);
    for (const value of ['é'.repeat(length), Buffer.alloc(length), Object.fromEntries(entries)]) {
      expect(msgpack.loads(msgpack.dumps(value))).toStrictEqual(value);
    }
  });

  it('W-30: tuples are arrays, subclasses of str and dict are what they are, typed arrays are bytes', () => {
    expect(dumps(Tuple.of(1, 2))).toBe('920102');
    expect(dumps(new SafeString('<b>'))).toBe('a33c623e');
    expect(dumps(new OrderedDict([['z', 1]]))).toBe('81a17a01');
    expect(dumps(new Uint8Array([1, 2]))).toBe('c4020102');
    expect(
      dumps(
        new Map<unknown, unknown>([
          ['a', 1],
          [Buffer.from('b'), 2],
        ]),
      ),
    ).toBe('82a16101c4016202');
    expect(dumps(new Map([[new SafeString('a'), 1]]))).toBe('81a16101');
  });

  it('undefined fields are left out, toJSON is honoured, a class instance is its fields, a boxed value is itself', () => {
    class Point {
      readonly x = 1;
      readonly gone = undefined;
    }
    expect(dumps({ a: undefined, b: 1 })).toBe('81a16201');
    expect(dumps({ toJSON: () => ({ a: 1 }) })).toBe('81a16101');
    expect(dumps(new Point())).toBe('81a17801');
    expect(dumps(Object('x'))).toBe('a178');
    let asked = 0;
    const changing = {
      get a() {
        return asked++ === 0 ? 1 : undefined;
      },
    };
    expect(dumps(changing)).toBe('81a16101');
  });

  it.each<[unknown, string]>([
    [{ a: [2n ** 64n] }, 'value.a[0]'],
    [[-(2n ** 63n) - 1n], 'value[0]'],
    [{ when: new Date(0) }, 'value.when'],
    [new NaiveDatetime({ year: 2024, month: 2, day: 29 }), 'naive-datetime'],
    [new Timedelta(1), 'timedelta'],
    [new Decimal('1.5'), 'decimal'],
    [[new Uuid('12345678-1234-5678-1234-567812345678')], 'value[0]'],
    [new Set([1]), 'set'],
    [new FrozenSet([1]), 'frozenset'],
    [new Complex(1, 2), 'complex'],
    [{ a: 'x\ud800y' }, 'value.a'],
    [{ '\udfff': 1 }, 'value["\\udfff"]'],
    [new Map([[1, 'a']]), 'value.get(1)'],
    [new Map([[null, 'a']]), 'a string or bytes'],
    [[undefined], 'value[0]'],
    [{ fn: () => 1 }, 'value.fn'],
    [Symbol('x'), 'symbol'],
    [Promise.resolve(1), 'Promise'],
  ])('W-31: %p is a CodecError that names the path', (value, part) => {
    expect(() => dumps(value)).toThrow(CodecError);
    expect(() => dumps(value)).toThrow(part);
  });

  it.each([2n ** 64n, -(2n ** 63n) - 1n])('W-31: %p has more than 64 bits', (value) => {
    expect(() => dumps([value])).toThrow('more than 64 bits');
  });

  it('names the path of a cycle, and refuses what nests too deep; what is shared is written twice', () => {
    const value: Record<string, unknown> = {};
    value['self'] = { again: value };
    expect(() => dumps(value)).toThrow('value.self.again');
    const shared = [1];
    expect(dumps([shared, shared])).toBe('9291019101');
    let deep: unknown = 1;
    for (let level = 0; level < 1000; level++) deep = [deep];
    expect(msgpack.loads(msgpack.dumps(deep))).toEqual(deep);
    expect(() => dumps([deep])).toThrow('deeper');
  });

  it('writes again after a failure, and inside of a toJSON', () => {
    expect(() => dumps(['x'.repeat(5000), () => 1])).toThrow(CodecError);
    expect(dumps({ toJSON: () => dumps('x') })).toBe(dumps('a178'));
  });
});

describe('MessagePack reader', () => {
  it.each<[string, unknown]>([
    ['ca3fc00000', 1.5],
    ['cb3ff0000000000000', 1],
    ['d9026162', 'ab'],
    ['da00026162', 'ab'],
    ['db000000026162', 'ab'],
    ['a3efbbbf', '\ufeff'],
    ['dc000201c0', [1, null]],
    ['dd00000001c2', [false]],
    ['de0001a16101', { a: 1 }],
    ['df00000001a16101', { a: 1 }],
    ['82a16101a16102', { a: 2 }],
    ['cd0005', 5],
    ['cf0000000000000005', 5],
    ['cf0020000000000001', 9007199254740993n],
    ['d3ffffffffffffffff', -1],
    ['c5000161', Buffer.from('a')],
    ['c60000000161', Buffer.from('a')],
  ])('W-30: reads %s', (hex, value) => {
    expect(loads(hex)).toStrictEqual(value);
  });

  it('W-31: a key of bytes makes a Map, a key of any other type is refused', () => {
    const map = new Map<unknown, unknown>([
      ['a', 1],
      [Buffer.from('b'), [2]],
      ['c', 3],
    ]);
    expect(loads('83a16101c401629102a16303')).toEqual(map);
    expect(loads('81c40162c0')).toEqual(new Map([[Buffer.from('b'), null]]));
    expect(dumps(loads('83a16101c401629102a16303'))).toBe('83a16101c401629102a16303');
    for (const key of ['01', 'c0', 'c3', 'cb3ff0000000000000', '90', '80', 'cc80', 'd40541']) {
      expect(() => loads(`81${key}01`)).toThrow('a key is neither text nor bytes');
    }
  });

  it('__proto__ is a key like any other, and the order of keys is kept', () => {
    const value = loads('81a95f5f70726f746f5f5f81a16101') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect((value as { a?: number }).a).toBeUndefined();
    expect(dumps(value)).toBe('81a95f5f70726f746f5f5f81a16101');
    expect(dumps(loads('82a16201a13202'))).toBe('82a16201a13202');
  });

  it('W-31: extensions are what Python reads them as, and are written back', () => {
    for (const hex of [
      'd47f41',
      'd5054142',
      'c70305414243',
      'd6ff00000001',
      'd7ff0000000800000001',
      'c70cff00000002ffffffffffffffff',
    ]) {
      const value = loads(hex);
      expect(value).toBeInstanceOf(MsgpackExtension);
      expect(dumps(value)).toBe(hex);
    }
    expect((loads('d7ff3b9aca0000000001') as MsgpackExtension).toDate()).toEqual(new Date(1250));
    expect((loads('d6ff00000001') as MsgpackExtension).toDate()).toEqual(new Date(1000));
    expect((loads('c70cff00000000ffffffffffffffff') as MsgpackExtension).toDate()).toEqual(new Date(-1000));
    expect((loads('d47f41') as MsgpackExtension).toDate()).toBeUndefined();
    for (const code of [128, -2, 1.5, NaN]) expect(() => new MsgpackExtension(code, Buffer.alloc(4))).toThrow(RangeError);
    expect(() => new MsgpackExtension(-1, Buffer.alloc(5))).toThrow(RangeError);
    for (const hex of ['d48041', 'd5ff4141', 'd7ffffffffff00000001', 'c70081']) expect(() => loads(hex)).toThrow(CodecError);
  });

  it.each([
    '',
    'c1',
    '0101',
    'a26162ff',
    '91',
    '81',
    '81a161',
    'a261',
    'cb3ff8',
    'd9',
    'c7',
    'd4',
    'dbffffffff61',
    'c6ffffffff61',
    'ddffffffff',
    'dfffffffff',
    'c9ffffffff05',
    'a3eda080',
    'a1ff',
    'a2c080',
  ])('refuses %j at once, and shows none of it', (hex) => {
    expect(() => loads(hex)).toThrow(CodecError);
    expect(() => loads(hex)).toThrow(/^MessagePack: the bytes can't be read: /);
  });

  it('refuses nesting that Python would not read', () => {
    expect(loads(`${'91'.repeat(1000)}01`)).toHaveLength(1);
    expect(() => loads(`${'91'.repeat(1001)}01`)).toThrow('deeper than 1000');
    for (const level of ['91', '81a161', 'dd00000001']) expect(() => loads(`${level.repeat(200_000)}01`)).toThrow('deeper');
    expect(() => loads(`81${'81'.repeat(200_000)}01`)).toThrow(CodecError);
  });

  it('refuses more containers than there is memory for, in few bytes, and what is shared into as many', () => {
    // Lists, maps, bytes, extensions, maps with a key of bytes.
    for (const unit of ['90', '80', 'c40161', 'c70005', '81c400c0'] as const) {
      const item = Buffer.from(unit, 'hex');
      const bytes = Buffer.concat([Buffer.from('dd00000000', 'hex'), Buffer.alloc(4_000_000 * item.length, item)]);
      bytes.writeUInt32BE(4_000_000, 1);
      expect(() => msgpack.loads(bytes)).toThrow('maxDecodedBytes');
    }
    let doubled: unknown[] = [1];
    for (let level = 0; level < 24; level++) doubled = [doubled, doubled];
    expect(() => dumps(doubled)).toThrow('more than 4000000 objects');
    const large = Buffer.alloc(300 * 1024 * 1024);
    expect(() => msgpack.dumps([large, large])).toThrow('512 MiB');
  });

  it('writes the length that it writes, whatever a toJSON does to what is around it', () => {
    const list: unknown[] = [{ toJSON: () => list.push(5) }];
    expect(dumps(list)).toBe('9102');
    const map = new Map<string, unknown>([['a', { toJSON: () => map.set('b', 1).size }]]);
    expect(dumps(map)).toBe('81a16102');
  });

  it('cuts long keys in the path of a value', () => {
    const error = (value: unknown): string => {
      try {
        return dumps(value);
      } catch (failure) {
        return (failure as Error).message;
      }
    };
    expect(error({ ['k'.repeat(1000)]: Symbol('x') }).length).toBeLessThan(150);
    expect(error(new Map([['k'.repeat(1000), Symbol('x')]])).length).toBeLessThan(150);
  });
});
