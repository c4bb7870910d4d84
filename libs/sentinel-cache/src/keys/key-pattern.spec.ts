import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeGlob, patternInVersion, patternOfAllVersions, unescapeGlob } from './key-pattern.js';

describe('escapeGlob', () => {
  it.each([
    ['plain', 'plain'],
    ['a*b', 'a\\*b'],
    ['a?[x]', 'a\\?\\[x\\]'],
    ['back\\slash', 'back\\\\slash'],
  ])('A-56: writes %p as %p', (text, pattern) => {
    expect(escapeGlob(text)).toBe(pattern);
  });

  it('has a way back for every text', () => {
    fc.assert(fc.property(fc.string(), (text) => unescapeGlob(escapeGlob(text)) === text));
  });

  it('has no way back from a pattern that matches many texts', () => {
    for (const pattern of ['a*', '?', '[ab]', 'x\\\\*']) expect(unescapeGlob(pattern)).toBeUndefined();
    expect(unescapeGlob('end\\')).toBe('end\\');
  });
});

describe('key patterns', () => {
  it('matches all versions of a prefix', () => {
    expect(patternOfAllVersions('shop')).toBe('shop:*');
    expect(patternOfAllVersions('')).toBe(':*');
    expect(patternOfAllVersions('a*')).toBe('a\\*:*');
  });

  it("A-56: keeps the glob signs of the user's pattern and escapes those of prefix and version", () => {
    expect(patternInVersion('user:*', 'a*', '1')).toBe('a\\*:1:user:*');
    expect(patternInVersion('[ab]?', '', 'v[1]')).toBe(':v\\[1\\]:[ab]?');
  });
});
