import { describe, expect, it } from '@jest/globals';

import { readByteSize } from './byte-size.js';

describe('a size', () => {
  it.each<[unknown, number]>([
    [0, 0],
    [262_144, 262_144],
    ['0', 0],
    ['100', 100],
    ['100b', 100],
    ['256kb', 262_144],
    ['1.5mb', 1_572_864],
    ['0.3kb', 307],
    [' 64 MB ', 67_108_864],
    ['2Gb', 2_147_483_648],
  ])('%j is %d bytes', (size, bytes) => {
    expect(readByteSize(size)).toBe(bytes);
  });

  it.each([
    [-1],
    [1.5],
    [Number.NaN],
    [Infinity],
    [2 ** 53],
    [''],
    ['mb'],
    ['-1mb'],
    ['1tb'],
    ['64 mib'],
    ['1e3'],
    ['.5mb'],
    ['9000000000gb'],
  ])('%j is none', (size) => {
    expect(readByteSize(size)).toBeUndefined();
  });

  it.each([[undefined], [null], [true], [10n], [['1kb']], [{}]])('%p is none', (size) => {
    expect(readByteSize(size)).toBeUndefined();
  });
});
