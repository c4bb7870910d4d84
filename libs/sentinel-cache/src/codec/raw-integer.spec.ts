import { describe, expect, it } from '@jest/globals';
import { decodeRawInteger, encodeRawInteger } from './raw-integer.js';

const decode = (text: string) => decodeRawInteger(Buffer.from(text, 'latin1'));

describe('raw integers', () => {
  it.each([
    [42, '42'],
    [0, '0'],
    [-7, '-7'],
    [9007199254740991, '9007199254740991'],
    [2n ** 63n, '9223372036854775808'],
    [10n ** 30n, '1000000000000000000000000000000'],
    [5n, '5'],
  ])('W-1: %s is stored as %s', (value, text) => {
    expect(encodeRawInteger(value)).toBe(text);
  });

  it.each([[true], [1.5], [-0], [NaN], [Infinity], [1e21], [2 ** 53], ['42'], [null], [undefined]])(
    'W-2, W-4, W-5: %p is not raw',
    (value) => {
      expect(encodeRawInteger(value)).toBeUndefined();
    },
  );

  it('W-3: refuses to write more digits than Python reads', () => {
    expect(encodeRawInteger(10n ** 4299n)).toHaveLength(4300);
    expect(encodeRawInteger(-(10n ** 4299n))).toHaveLength(4301);
    expect(() => encodeRawInteger(10n ** 4300n)).toThrow(RangeError);
  });

  it.each([
    [' 42\n', 42],
    ['+7', 7],
    ['007', 7],
    ['1_000', 1000],
    ['-0', 0],
    ['\x0b\x0c42\t\r', 42],
    ['-12', -12],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9_007_199_254_740_993', -9007199254740993n],
    [`${'0'.repeat(20)}5`, 5],
  ])('W-3: %j is the int %p', (text, value) => {
    expect(decode(text)).toBe(value);
  });

  it.each([
    [''],
    [' '],
    ['12.0'],
    ['1_'],
    ['_1'],
    ['1__0'],
    ['+-1'],
    ['- 1'],
    ['1 2'],
    ['0x10'],
    ['1e5'],
    ['\xd9\xa3'],
    ['\x80\x04'],
    ['-'],
    ['"1"'],
  ])('W-3: %j is no int', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('W-3: more than 4300 digits are no int, leading zeros included', () => {
    expect(decode('1'.repeat(4300))).toBe(BigInt('1'.repeat(4300)));
    expect(decode('1'.repeat(4301))).toBeUndefined();
    expect(decode('0'.repeat(4301))).toBeUndefined();
  });
});
