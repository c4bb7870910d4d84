import { describe, expect, it } from '@jest/globals';
import { DecodeBudget } from '../../../budget/decode-budget.js';
import { TextCache } from './text-cache.js';

const cache = new TextCache();
const budget = new DecodeBudget();
const read = (text: string) => {
  const bytes = Buffer.from(`..${text}..`);
  return cache.read(bytes, 2, bytes.length - 2, budget);
};

describe('text cache', () => {
  it('W-13: gives the text of the bytes, whatever it has read before', () => {
    const texts = Array.from({ length: 2000 }, (_, index) => `k${index * 7919}`);
    for (const text of [
      ...texts,
      ...texts.toReversed(),
      '',
      'é',
      'ï¿½',
      '\u00c3\u00a9',
      'h\u00e9llo',
      '\0',
      'x'.repeat(17),
      'x'.repeat(16),
    ]) {
      expect(read(text)).toBe(text);
      expect(read(text)).toBe(text);
    }
  });

  it('refuses bytes that are no UTF-8, also where they are the characters of a text it has', () => {
    for (let first = 0x80; first <= 0xff; first++) {
      for (let second = 0x80; second < 0xc0; second++) {
        read(String.fromCharCode(first, second));
        // A pair that is UTF-8 is one character.
        const pair = () => cache.read(Buffer.from([first, second]), 0, 2, budget);
        if (first >= 0xc2 && first < 0xe0) expect(pair()).toHaveLength(1);
        else expect(pair).toThrow(RangeError);
      }
    }
  });
});
