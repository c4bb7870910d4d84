import { describe, expect, it } from '@jest/globals';

import { knowClass, otherCopiesOf } from './known-classes.js';

/** A class as each copy of the package defines it. */
function copyOf(name: string): new () => object {
  return class {
    static {
      knowClass(this, name);
    }
  };
}

describe('classes of several copies of the package', () => {
  it('what is an instance of one is an instance of each, and of no other class', () => {
    const [one, two, other] = [copyOf('a class'), copyOf('a class'), copyOf('another class')];
    const values = [new one(), new two()];
    expect(values.flatMap((value) => [one, two, other].map((type) => value instanceof type))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    for (const value of [undefined, null, 1, 'text', {}, Object.create(null)]) expect(value instanceof one).toBe(false);
  });

  it('each lists the others, but not itself', () => {
    const copies = [copyOf('listed'), copyOf('listed'), copyOf('listed')];
    expect(otherCopiesOf(copies[1]!)).toEqual([copies[0], copies[2]]);
    expect(otherCopiesOf(copyOf('alone'))).toEqual([]);
    expect(otherCopiesOf(class {})).toEqual([]);
  });

  it('a class of the user that extends one is told by its prototype', () => {
    const [one, two] = [copyOf('extended'), copyOf('extended')];
    class Mine extends one {}
    expect([new Mine() instanceof two, new Mine() instanceof Mine, new two() instanceof Mine]).toEqual([true, true, false]);
  });
});
