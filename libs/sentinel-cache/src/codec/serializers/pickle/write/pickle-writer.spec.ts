import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../../../errors/codec.error.js';
import { AwareDatetime } from '../../../values/aware-datetime.js';
import { ByteArray } from '../../../values/byte-array.js';
import { Decimal } from '../../../values/decimal.js';
import { NaiveDatetime } from '../../../values/naive-datetime.js';
import { FrozenSet } from '../../../values/frozen-set.js';
import { PythonDate } from '../../../values/python-date.js';
import { PythonTime } from '../../../values/python-time.js';
import { SafeString } from '../../../values/safe-string.js';
import { Timedelta } from '../../../values/timedelta.js';
import { Timezone } from '../../../values/timezone.js';
import { Tuple } from '../../../values/tuple.js';
import { Uuid } from '../../../values/uuid.js';
import { createPickleSerializer } from '../pickle.serializer.js';

const pickle = createPickleSerializer();
const hex = (value: unknown, pickleVersion = 4) => createPickleSerializer({ pickleVersion }).dumps(value).toString('hex');
const again = (value: unknown) => pickle.loads(pickle.dumps(value));
const wall = new NaiveDatetime({ year: 2024, month: 2, day: 29, hour: 12, minute: 34, second: 56, microsecond: 789012 });

describe('pickle writer: the bytes of CPython', () => {
  it.each([
    ['hello', '80049509000000000000008c0568656c6c6f942e'],
    ['', '80049504000000000000008c00942e'],
    ['héllo wörld', '80049511000000000000008c0d68c3a96c6c6f2077c3b6726c64942e'],
    ['a\ud800b', '80049509000000000000008c0561eda08062942e'],
    [null, '80044e2e'],
    [-0, '8004950a000000000000004780000000000000002e'],
    [-Infinity, '8004950a0000000000000047fff00000000000002e'],
    [[], '80045d942e'],
    [Tuple.of(), '8004292e'],
    [{}, '80047d942e'],
    [new Set(), '80048f942e'],
    [[1, 'a', null, true, 2.5], '80049516000000000000005d94284b018c0161944e88474004000000000000652e'],
    [Tuple.of(1, 'b'), '80049509000000000000004b018c01629486942e'],
    [{ a: 1, b: 'two' }, '80049515000000000000007d94288c0161944b018c0162948c0374776f94752e'],
    [Buffer.from([0, 255, 16]), '8004950700000000000000430300ff10942e'],
    [new ByteArray([97, 98]), '80049523000000000000008c086275696c74696e73948c096279746561727261799493944302616294859452942e'],
    [wall, '8004952a000000000000008c086461746574696d65948c086461746574696d65949394430a07e8021d0c22380c0a1494859452942e'],
    [new PythonDate(2024, 2, 29), '80049520000000000000008c086461746574696d65948c0464617465949394430407e8021d94859452942e'],
    [
      new PythonTime(12, 34, 56, 789012),
      '80049522000000000000008c086461746574696d65948c0474696d6594939443060c22380c0a1494859452942e',
    ],
    [
      new Timedelta(1, 7384, 5),
      '80049525000000000000008c086461746574696d65948c0974696d6564656c74619493944b014dd81c4b05879452942e',
    ],
    [
      new Decimal('12345.6789'),
      '80049528000000000000008c07646563696d616c948c07446563696d616c9493948c0a31323334352e3637383994859452942e',
    ],
    [new Set([1]), '80049507000000000000008f94284b01902e'],
    [new FrozenSet(['a']), '8004950800000000000000288c01619491942e'],
    [[2 ** 31, -(2 ** 31), 2n ** 63n], '8004951c000000000000005d94288a0500000080004a000000808a09000000000000008000652e'],
  ])('W-13, W-15, W-17: %p', (value, bytes) => {
    expect(hex(value)).toBe(bytes);
  });

  it('W-13: UUID, SafeString and an aware datetime', () => {
    expect(hex(new Uuid('12345678-1234-5678-1234-567812345678'))).toBe(
      '80049530000000000000008c0475756964948c04555549449493942981947d948c03696e74948a107856341278563412785634127856341273622e',
    );
    expect(hex(new SafeString('<p>hi</p>'))).toMatch(/8c0a53616665537472696e679493948c093c703e68693c2f703e94859481942e$/);
    const utc =
      '80049557000000000000008c086461746574696d65948c086461746574696d65949394430a07e8021d0c22380c0a149468008c0874696d657a6f6e65949394';
    expect(hex(new AwareDatetime(wall, Timezone.UTC)).startsWith(utc)).toBe(true);
  });

  it('W-13: protocols 2 and 3 without sets, bytes and frames', () => {
    expect(hex('hello', 2)).toBe('8002580500000068656c6c6f71002e');
    expect(hex(new Set([1]), 2)).toBe('8002635f5f6275696c74696e5f5f0a7365740a71005d71014b01618571025271032e');
    expect(hex(Buffer.from([255]), 2)).toBe(
      '8002635f636f646563730a656e636f64650a71005802000000c3bf710158060000006c6174696e3171028671035271042e',
    );
    expect(hex(new ByteArray([97, 98]), 5)).toBe('8005950d000000000000009602000000000000006162942e');
  });

  it('W-11: a string of 64 KiB stands outside the frames', () => {
    expect(hex('q'.repeat(70_000)).slice(0, 16)).toBe('8004587011010071');
    expect(again('é'.repeat(70_000))).toBe('é'.repeat(70_000));
    expect(again(Buffer.alloc(70_000, 7))).toEqual(Buffer.alloc(70_000, 7));
  });

  it('W-11, W-18: many values take several frames and batches of 1000', () => {
    const list = Array.from({ length: 20_001 }, (_, index) => `number ${index}`);
    expect(again(list)).toEqual(list);
    const dict = Object.fromEntries(list.map((text, index) => [text, index]));
    expect(again(dict)).toEqual(dict);
    expect(again(new Set(list))).toEqual(new Set(list));
    expect(again(new Map(list.map((text, index) => [index, text])))).toEqual(new Map(list.map((text, index) => [index, text])));
  });
});

describe('pickle writer: what a JavaScript program may store', () => {
  it('leaves undefined fields out, and refuses undefined elsewhere', () => {
    expect(again({ a: undefined, b: 1, c: undefined })).toEqual({ b: 1 });
    expect(hex({ a: undefined, b: undefined })).toBe('80047d942e');
    expect(() => pickle.dumps([1, undefined])).toThrow('value[1]');
  });

  it('writes a Date as an aware UTC datetime with milliseconds, once for one object', () => {
    const date = new Date('2024-02-29T12:34:56.789Z');
    const [first, second, extra] = again([date, date, 'x']) as [AwareDatetime, AwareDatetime, string];
    expect(first.isoformat()).toBe('2024-02-29T12:34:56.789000+00:00');
    expect(second).toBe(first);
    expect(extra).toBe('x');
    expect(() => pickle.dumps({ at: new Date(NaN) })).toThrow('value.at');
    expect(() => pickle.dumps(new Date(8.64e15))).toThrow(CodecError);
  });

  it('writes an object with toJSON through it, a class instance as its fields, boxed and typed values as what they hold', () => {
    class Point {
      #hidden = 1;
      x = 1;
      get hidden() {
        return this.#hidden;
      }
    }
    expect(again({ a: { toJSON: () => ({ b: 1 }) }, p: new Point(), s: Object('x') as unknown })).toEqual({
      a: { b: 1 },
      p: { x: 1 },
      s: 'x',
    });
    expect(again([new Uint16Array([1]), new ArrayBuffer(2)])).toEqual([Buffer.from([1, 0]), Buffer.alloc(2)]);
    expect(again(JSON.parse('{"__proto__": 1}'))).toEqual(JSON.parse('{"__proto__": 1}'));
  });

  it.each([
    [{ items: [0, 0, 0, { fn: () => 1 }] }, 'value.items[3].fn'],
    [new Map([['k', [Symbol('s')]]]), 'value.get("k")[0]'],
    [{ 'odd name': Promise.resolve(1) }, 'value["odd name"]'],
    [new Map([[{}, 1]]), 'value.get(...)'],
    [new Set([new Map()]), 'value.member(0)'],
    [[/x/], 'value[0]'],
  ])('names the path of what it refuses: %p', (value, path) => {
    expect(() => pickle.dumps(value)).toThrow(CodecError);
    expect(() => pickle.dumps(value)).toThrow(path);
  });

  it('writes an array as tuple, and a Set as frozenset, where Python needs something hashable', () => {
    const shared = [1, [2, new Set([3])]];
    const map = again(new Map<unknown, unknown>([[shared, shared]])) as Map<unknown[], unknown[]>;
    const [[key, value]] = [...map] as [[unknown[], unknown[]]];
    expect(key).toEqual(Tuple.of(1, Tuple.of(2, new FrozenSet([3]))));
    expect([key instanceof Tuple, key[1] instanceof Tuple, (key[1] as unknown[])[1] instanceof FrozenSet]).toEqual([
      true,
      true,
      true,
    ]);
    expect([value instanceof Tuple, value]).toEqual([false, shared]);
  });

  it('W-12: keeps what is shared shared, and cycles cycles', () => {
    const list: unknown[] = [];
    list.push(list, { list });
    const copy = again(list) as [unknown, { list: unknown }];
    expect(copy[0]).toBe(copy);
    expect(copy[1].list).toBe(copy);
    const inner: unknown[] = [];
    const tuple = Tuple.of(inner);
    inner.push(tuple);
    const back = again(tuple) as unknown[][];
    expect(back[0]![0]).toBe(back);
  });

  it('keeps the order of integer-like keys, as Python does', () => {
    const source = Buffer.from('80047d9428' + '8c0162944b01' + '8c023130944b02' + '8c0132944b03' + '752e', 'hex');
    const dict = pickle.loads(source) as Record<string, number>;
    expect(Object.keys(dict)).toEqual(['2', '10', 'b']);
    expect(pickle.dumps(dict).subarray(11, -1).toString('hex')).toBe('7d94288c0162944b018c023130944b028c0132944b0375');
    dict['c'] = 4;
    delete dict['10'];
    expect(pickle.dumps(dict).toString('latin1')).toMatch(/b.*2.*c/s);
  });

  it('refuses nesting that Python would not write, at once, and a key that holds itself', () => {
    let deep: unknown = [];
    for (let level = 1; level < 1000; level++) deep = [deep];
    expect(() => again(deep)).not.toThrow();
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(() => pickle.dumps(deep)).toThrow(CodecError);
    const key: unknown[] = [];
    key.push(key);
    expect(() => pickle.dumps(new Map([[key, 1]]))).toThrow(CodecError);
  });

  it('never takes a dict key for the class that is spelt like it', () => {
    const at = new PythonDate(2024, 2, 29);
    expect(again({ 'datetime\ndate': 1, datetime: 2, at })).toEqual({ 'datetime\ndate': 1, datetime: 2, at });
  });

  it('can be asked again from a toJSON, and after a failure', () => {
    const nested = { toJSON: () => pickle.dumps('inner').length };
    expect(again(['outer', nested])).toEqual(['outer', pickle.dumps('inner').length]);
    expect(() => pickle.dumps([Symbol('x')])).toThrow(CodecError);
    expect(again(['fine'])).toEqual(['fine']);
  });

  it('leaves what was written before as it was: small and large values, one after the other, failures in between', () => {
    const values = Array.from({ length: 1000 }, (_, index) => ({ index, text: 'x'.repeat((index * 37) % 9000) }));
    const written = values.map((value, index) => {
      if (index % 5 === 0) expect(() => pickle.dumps({ text: 'y'.repeat(index), bad: Symbol('x') })).toThrow(CodecError);
      return pickle.dumps(value);
    });
    expect(written.map((bytes) => pickle.loads(bytes))).toEqual(values);
    expect(written.map((bytes) => bytes.toString('hex'))).toEqual(values.map((value) => hex(value)));
  });

  it('finds keys and shared objects again, few or many, and in another order', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    const shared = keys.map((name) => ({ name }));
    const rows = [keys, keys.toReversed(), keys.slice(0, 3), keys].map((names) =>
      Object.fromEntries(names.map((name) => [name, shared])),
    );
    const bytes = pickle.dumps(rows);
    expect(again(rows)).toEqual(rows);
    for (const key of keys)
      expect(bytes.toString('latin1').split(`\x8c${String.fromCharCode(key.length)}${key}\x94`)).toHaveLength(2 + 1);
  });

  it('(W-13) old protocols hand the same bytes through several constructors', () => {
    for (const pickleVersion of [2, 3]) {
      const old = createPickleSerializer({ pickleVersion });
      const numbers = Array.from({ length: 5000 }, (_, at) => at);
      for (const value of [
        new ByteArray(Buffer.alloc(5000, 0x41)),
        Buffer.alloc(5000, 0xfe),
        new FrozenSet(numbers),
        new Set(numbers),
      ]) {
        expect(old.loads(old.dumps(value))).toEqual(value);
      }
    }
  });
});
