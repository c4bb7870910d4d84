import { describe, expect, it } from '@jest/globals';
import { classIn } from './storable-value.js';

class User {
  readonly id = 7;
}

describe('classIn', () => {
  it('finds an instance in lists, maps, sets and fields', () => {
    for (const value of [new User(), [new User()], new Map([['a', new User()]]), new Set([new User()]), { a: { b: new User() } }])
      expect(classIn(value)).toBe('User');
    expect(classIn({ a: [1, new Date(), Buffer.from('x'), null] })).toBeUndefined();
  });

  it('looks once at each part, however many hold it, and at what holds itself', () => {
    let looked = 0;
    let value: object = {
      get leaf() {
        return (looked += 1);
      },
    };
    for (let depth = 0; depth < 30; depth += 1) value = { left: value, right: value };
    Object.assign(value, { self: value });
    expect(classIn(value)).toBeUndefined();
    expect(looked).toBe(1);
  });
});
