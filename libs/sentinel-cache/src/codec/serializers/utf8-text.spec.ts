import { describe, expect, it } from '@jest/globals';
import { utf8Bytes, utf8Text } from './utf8-text.js';

const MIB = 1024 * 1024;
/** Shorter and longer than each length from which another way is taken. */
const LENGTHS = [0, 1, 100, 1023, 1024, 1025, 5000, MIB - 2, MIB, MIB + 5];
const ENDS = ['', 'x', 'é', '日', '\u{1f600}', '\ufffd', '\0'];

describe('UTF-8', () => {
  it('text becomes the bytes that Node makes of it, and those become the text', () => {
    for (const length of LENGTHS) {
      for (const end of ENDS) {
        for (const text of ['a'.repeat(length) + end, end + 'a'.repeat(length), (end + 'ab').repeat(length / 3)]) {
          const bytes = utf8Bytes(text);
          expect(bytes.equals(Buffer.from(text))).toBe(true);
          expect(utf8Text(bytes) === text).toBe(true);
        }
      }
    }
  });

  it('bytes that are no UTF-8 have no text, wherever they stand', () => {
    const odd = ['ff', 'c3', 'c0af', 'eda080', 'f4908080', 'e697'].map((hex) => Buffer.from(hex, 'hex'));
    for (const length of LENGTHS) {
      for (const bytes of odd) {
        const filler = Buffer.alloc(length, 'a');
        expect(utf8Text(Buffer.concat([filler, bytes]))).toBeUndefined();
        expect(utf8Text(Buffer.concat([bytes, filler]))).toBeUndefined();
        expect(utf8Text(Buffer.concat([Buffer.from('é'), filler, bytes]))).toBeUndefined();
      }
    }
  });
});
