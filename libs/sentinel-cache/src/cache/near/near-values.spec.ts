import { describe, expect, it } from '@jest/globals';

import { Tuple } from '../../codec/values/tuple.js';
import { copyOf, sizeOf } from './near-values.js';

describe('values of the near tier', () => {
  it.each([[null], ['text'], [7], [1.5], [true], [7n], [[]], [{}], [[1, [2, { a: [null] }]]], [{ a: { b: ['c'] }, n: -0 }]])(
    'copies %j whole',
    (value) => {
      expect(sizeOf(value)).toBeGreaterThanOrEqual(0);
      const copy = copyOf(value);
      expect(copy).toEqual(value);
      if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
    },
  );

  it('shares no part with the copy', () => {
    const value = { list: [{ n: 1 }] };
    copyOf(value).list[0]!.n = 2;
    expect(value).toEqual({ list: [{ n: 1 }] });
  });

  const shared = { n: 1 };
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  it.each<[string, unknown]>([
    ['a date', new Date(0)],
    ['a Map', new Map()],
    ['a Buffer', Buffer.from('a')],
    ['a tuple', Tuple.of(1, 2)],
    ['a class', new (class A {})()],
    ['an object without a prototype', Object.create(null)],
    ['one part twice', [shared, shared]],
    ['itself', cycle],
    ['holes', Object.assign([1], { 2: 3 })],
    ['a list with a field', Object.assign([1], { a: 2 })],
    ['a field that is an index', { 1023: 0 }],
    ['__proto__ as a field', JSON.parse('{"__proto__": 1}')],
    ['a getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true, configurable: true })],
    ['a hidden field', Object.defineProperty({}, 'a', { value: 1 })],
    ['a symbol', { [Symbol('a')]: 1 }],
    ['something frozen', Object.freeze({ a: 1 })],
    ['a function', { a: () => 1 }],
    ['a date far down', { a: [{ b: new Date(0) }] }],
  ])('leaves %s to the codec', (_what, value) => {
    expect(sizeOf(value)).toBeUndefined();
  });

  it('counts what texts take, two bytes a character where one does not do', () => {
    expect(sizeOf('a'.repeat(1000))! - sizeOf('')!).toBe(1000);
    expect(sizeOf('\u0416'.repeat(1000))! - sizeOf('')!).toBe(2000);
  });
});
