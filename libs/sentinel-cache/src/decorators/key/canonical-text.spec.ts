import { describe, expect, it } from '@jest/globals';

import { Decimal } from '../../codec/values/decimal.js';
import { argumentsKey } from './arguments-key.js';
import { canonicalText } from './canonical-text.js';

const textOf = (value: unknown): string => canonicalText(value, 'Users.find, argument 0');
class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}
class Hidden {
  readonly #secret = 1;
  reveal(): number {
    return this.#secret;
  }
}
class Money {
  readonly #amount: number;
  readonly currency = 'EUR';
  constructor(amount: number) {
    this.#amount = amount;
  }
  get amount(): number {
    return this.#amount;
  }
}
class Salary extends Money {}
class Written extends Money {
  toJSON(): string {
    return `${this.amount} ${this.currency}`;
  }
}
class Tenant extends Map<string, number> {
  constructor(readonly name: string) {
    super([['a', 1]]);
  }
}
class Ids extends Array<number> {
  tenant = 'x';
}
class Sealed extends Array<number> {
  readonly #secret = 1;
  reveal(): number {
    return this.#secret;
  }
}
class Colour {
  // No private field: '#fff', `#${this.of}`, /#a/.
  readonly of = '#fff';
  readonly text = `#${this.of}`;
}
const cycle: Record<string, unknown> = { a: 1 };
cycle['b'] = { cycle };
const deep = Array.from({ length: 200 }).reduce<unknown>((inner) => [inner], 1);
const shared = { a: 1 };

describe('the text of an argument', () => {
  it.each<[string, unknown, unknown]>([
    ['objects in any order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    [
      'maps in any order',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 1, c: 2 }, 2],
      ]),
      new Map<unknown, unknown>([
        [{ c: 2, b: 1 }, 2],
        ['a', 1],
      ]),
    ],
    ['sets in any order', new Set([1, 'a']), new Set(['a', 1])],
    ['dates', new Date(5), new Date(5)],
    ['bytes, as Buffer or Uint8Array', Buffer.from('abc'), Uint8Array.of(97, 98, 99)],
    ['bytes of a larger buffer', Buffer.from('xabcx').subarray(1, 4), Buffer.from('abc')],
    ['an instance and a plain object of its fields', new Point(1, 2), { y: 2, x: 1 }],
    ['0 and -0', 0, -0],
    ['NaN', Number.NaN, Number.NaN],
    ['a part that stands twice', [shared, shared], [{ a: 1 }, { a: 1 }]],
    ['addresses', new URL('http://a/b'), new URL('http://a/b')],
    ['decimals', new Decimal('1.50'), new Decimal('1.50')],
    ['instances with private fields that say what they are', new Written(5), new Written(5)],
    ['instances whose class has a # in a text alone', new Colour(), new Colour()],
    ['objects without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
  ])('is one for equal %s', (_, one, other) => expect(textOf(one)).toBe(textOf(other)));

  it('differs for values that differ', () => {
    const values = [
      7,
      '7',
      7n,
      '7n',
      true,
      'true',
      null,
      'null',
      undefined,
      'undefined',
      [],
      {},
      [undefined],
      [null],
      [[]],
      '[]',
      [1, 2],
      ['1,2'],
      '1,2',
      { a: 1 },
      { a: '1' },
      { a: undefined },
      { a: [1] },
      { 'a":1,"b': 2 },
      { a: 1, b: 2 },
      new Map(),
      new Set(),
      new Map([['a', 1]]),
      new Map([[1, 'a']]),
      new Set(['a']),
      new Set([1]),
      new Date(5),
      new Date(6),
      new Date(5).toISOString(),
      new Date(Number.NaN),
      Buffer.from('a'),
      'a',
      Buffer.from('b'),
      Float32Array.of(1),
      Uint32Array.of(1),
      new ArrayBuffer(1),
      Number.NaN,
      Infinity,
      -Infinity,
      1e21,
      1.5,
      new URL('http://a/b'),
      new URL('http://a/c'),
      'http://a/b',
      new Decimal('1.5'),
      new Written(1),
      new Written(500),
      new Map([['a', 2]]),
      new Tenant('x'),
      new Tenant('y'),
      new Ids(),
      Object.assign(new Ids(), { tenant: 'y' }),
      Object.assign([1], { tenant: 'x' }),
      Object.assign([1], { tenant: 'y' }),
      Object.assign([1], { '01': 'x' }),
      '',
      ' ',
      '"',
      "'",
      '\u0000',
      'ü',
      'u\u0308',
    ];
    expect(new Set(values.map(textOf)).size).toBe(values.length);
  });

  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /argument 0: .* got a function/],
    ['a function inside', { a: [{ run: () => 1 }] }, /argument 0\.a\[0\]\.run: .* got a function/],
    ['a symbol', Symbol('s'), /got a symbol/],
    ['a field with a symbol', { [Symbol('s')]: 1 }, /a field whose name is a symbol/],
    ['a cycle', cycle, /argument 0\.b\.cycle: .* contains itself/],
    ['objects without end', deep, /more than 100 deep/],
    ['an instance whose fields are hidden', new Hidden(), /an instance of Hidden, which has private fields/],
    [
      'an instance with a hidden field beside others',
      new Money(1),
      /argument 0: .* an instance of Money, which has private fields and no toJSON/,
    ],
    ['an instance of a class that inherits one', { pay: new Salary(1) }, /argument 0\.pay: .* an instance of Salary/],
    [
      'a list of a class that hides a field',
      [Sealed.of(1)],
      /argument 0\[0\]: .* an instance of Sealed, which has private fields/,
    ],
    ['an instance that shows nothing', new (class Empty {})(), /an instance of Empty, which shows nothing/],
    ['a promise', Promise.resolve(1), /an instance of Promise/],
    ['a regular expression', /a/, /an instance of RegExp/],
    ['an error', Object.assign(new Error('a'), { code: 1 }), /an instance of Error/],
    ['a WeakMap', new WeakMap(), /an instance of WeakMap/],
  ])('is refused for %s', (_, value, says) => {
    expect(() => textOf(value)).toThrow(says);
    expect(() => textOf(value)).toThrow(expect.objectContaining({ code: 'SENTINEL_CACHE_INVALID_KEY' }));
  });
});

describe('the key of a call', () => {
  it('is class, method and arguments; an undefined at the end was left out', () => {
    expect(argumentsKey('Users.find', [])).toBe('Users.find:');
    expect(argumentsKey('Users.find', [1, { a: 'x' }])).toBe('Users.find:1,{"a":"x"}');
    expect(argumentsKey('Users.find', [1, undefined])).toBe('Users.find:1');
    expect(argumentsKey('Users.find', [undefined, 1])).toBe('Users.find:undefined,1');
  });

  it('is a hash where the arguments are long, or hold what no key of memcached does', () => {
    const keys = ['a b', 'ü', 'x'.repeat(500), 'x'.repeat(501)].map((text) => argumentsKey('Users.find', [text]));
    expect(keys.every((key) => /^Users\.find:sha256-[\da-f]{64}$/.test(key))).toBe(true);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
