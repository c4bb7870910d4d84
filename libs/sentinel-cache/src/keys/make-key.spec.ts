import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidCacheKeyError } from '../errors/invalid-cache-key.error.js';
import type { KeyFunction } from './key-function.js';
import { formatKey, formatVersion } from './format-key.js';
import { djangoReverseKey, makeKey, makeReverseKey } from './make-key.js';

const storedKey = (key: unknown, version: unknown): string => makeKey(formatKey(key), '', formatVersion(version));

describe('makeKey', () => {
  it('A-1: joins prefix, version and key, and keeps the colon of an empty prefix', () => {
    expect(makeKey('foo', '', '1')).toBe(':1:foo');
    expect(makeKey('user:7', 'shop', '2')).toBe('shop:2:user:7');
    expect(makeKey('', '', '')).toBe('::');
  });

  it.each([
    [42, ':1:42'],
    [-0, ':1:0'],
    [null, ':1:None'],
    [true, ':1:True'],
    [false, ':1:False'],
    [12345678901234567890n, ':1:12345678901234567890'],
    [1e21, ':1:1000000000000000000000'],
    [1.5, ':1:1.5'],
    [0.0001, ':1:0.0001'],
    [0.00001, ':1:1e-05'],
    [1.5e-7, ':1:1.5e-07'],
    [-1.25e-120, ':1:-1.25e-120'],
    [NaN, ':1:nan'],
    [-Infinity, ':1:-inf'],
    ['héllo', ':1:héllo'],
  ])("A-1: formats the key %p as Python's str() does", (key, stored) => {
    expect(storedKey(key, '1')).toBe(stored);
  });

  it('A-2: uses version 0 literally, and formats versions like keys', () => {
    expect(storedKey('k', 0)).toBe(':0:k');
    expect(storedKey('k', true)).toBe(':True:k');
    expect(storedKey('k', 'v2')).toBe(':v2:k');
  });

  it.each([[undefined], [{}], [['a']], [() => 1], [Symbol('s')], [Buffer.from('b')], ['\ud800']])('rejects the key %p', (key) => {
    expect(() => storedKey(key, '1')).toThrow(InvalidCacheKeyError);
  });

  it.each([[undefined], [null], [{}], ['\udc00']])('rejects the version %p', (version) => {
    expect(() => storedKey('k', version)).toThrow(InvalidCacheKeyError);
  });

  it('never repeats the key in its error', () => {
    expect(() => storedKey({ token: 'hunter2' }, '1')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });

  it('is a KEY_FUNCTION', () => {
    const keyFunction: KeyFunction = makeKey;
    expect(keyFunction('a', 'p', '1')).toBe('p:1:a');
  });
});

describe('makeReverseKey', () => {
  it('gives back every key that was made, whatever colons stand in prefix, version and key', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (key, prefix, version) => {
        expect(makeReverseKey(prefix, version)(makeKey(key, prefix, version))).toBe(key);
      }),
    );
  });

  it('A-5: knows its prefix, where Django reverses prefix a:b and key k:1 to 7:k:1', () => {
    expect(makeReverseKey('a:b', '1')('a:b:7:k:1')).toBe('k:1');
    expect(djangoReverseKey('a:b:7:k:1')).toBe('7:k:1');
  });

  it('A-5: knows the version that was asked for, whatever colons stand in it', () => {
    expect(makeReverseKey('a:b', '1')('a:b:v:2:k:1', 'v:2')).toBe('k:1');
  });

  it('A-5: splits a key of another prefix at most twice', () => {
    expect(makeReverseKey('mine', '1')('other:3:a:b')).toBe('a:b');
  });

  it.each([['nocolon'], ['one:colon'], ['']])('rejects the stored key %p, which has no third part', (stored) => {
    expect(() => makeReverseKey('mine', '1')(stored)).toThrow(InvalidCacheKeyError);
    expect(() => djangoReverseKey(stored)).toThrow(InvalidCacheKeyError);
  });
});
