import { describe, expect, it } from '@jest/globals';

import { printable, printableKey } from './printable.js';

describe('printable', () => {
  it.each([
    ['user:7', 'user:7'],
    ['Grüße, 漢字, 🎉', 'Grüße, 漢字, 🎉'],
    [String.raw`C:\temp`, String.raw`C:\temp`],
    ['a\r\nb\tc', String.raw`a\r\nb\tc`],
    ['\u001B[2J\u009B\0\u007F', String.raw`\x1b[2J\x9b\x00\x7f`],
    ['\u2028\u2029\u0085', String.raw`\u2028\u2029\x85`],
    ['\u202Eabc\u2066\u200F\uFEFF', String.raw`\u202eabc\u2066\u200f\ufeff`],
    ['\u{E0041}', String.raw`\u{e0041}`],
    ['\uD800 \uDC00', String.raw`\ud800 \udc00`],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(shown)).toBe(shown);
  });

  it('cuts what is longer, not between the halves of a pair, and tells how long it was', () => {
    expect(printable('abcdef', 6)).toBe('abcdef');
    expect(printable('abcdefg', 6)).toBe('abcdef... (7 characters)');
    expect(printable('abcde🎉g', 6)).toBe('abcde... (8 characters)');
    expect(printableKey('k'.repeat(1_000_000))).toBe(`${'k'.repeat(200)}... (1000000 characters)`);
  });
});
