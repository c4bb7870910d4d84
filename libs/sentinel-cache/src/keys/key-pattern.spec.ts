import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { KeyFunction } from './key-function.js';
import { escapeGlob, patternInVersion, patternOfAllVersions, unescapeGlob } from './key-pattern.js';
import { makeKey } from './make-key.js';

describe('escapeGlob', () => {
  it.each([
    ['plain', 'plain'],
    ['a*b', 'a[*]b'],
    ['p*[x]?', 'p[*][[]x][?]'],
    ['back\\slash', 'back\\\\slash'],
    ['\\*', '\\\\[*]'],
    ['^-]', '^-]'],
  ])('A-56: writes %p as %p', (text, pattern) => {
    expect(escapeGlob(text)).toBe(pattern);
  });

  it('has a way back for every text', () => {
    fc.assert(fc.property(fc.string(), (text) => unescapeGlob(escapeGlob(text)) === text));
  });

  it('has no way back from a pattern that matches many texts', () => {
    for (const pattern of ['a*', '?', '[ab]', 'x\\\\*', '[', '[]', '[^]', '[^a]', '[\\a]', 'a[*', '[a]', '[é]'])
      expect(unescapeGlob(pattern)).toBeUndefined();
    expect(unescapeGlob('end\\')).toBe('end\\');
    expect(unescapeGlob('a\\b[*][?][[]]')).toBe('ab*?[]');
  });
});

describe('key patterns', () => {
  it('matches all versions of a prefix', () => {
    expect(patternOfAllVersions('shop')).toBe('shop:*');
    expect(patternOfAllVersions('')).toBe(':*');
    expect(patternOfAllVersions('a*')).toBe('a[*]:*');
  });

  const inVersion = (pattern: string, keyPrefix: string, version: string, keyFunction: KeyFunction = makeKey) =>
    patternInVersion(pattern, { keyFunction, keyPrefix, version });
  const hashing: KeyFunction = (key, prefix, version) => createHash('sha256').update(`${prefix}|${version}|${key}`).digest('hex');

  it("A-56: keeps the glob signs of the user's pattern and escapes those of prefix and version", () => {
    expect(inVersion('user:*', 'a*', '1')).toBe('a[*]:1:user:*');
    expect(inVersion('[ab]?', '', 'v[1]')).toBe(':v[[]1]:[ab]?');
    expect(inVersion('a\\*b*', 'p', '1')).toBe('p:1:a\\*b*');
  });

  it('A-56: a pattern goes through KEY_FUNCTION as a key does', () => {
    expect(inVersion('User:*', 'p', '1', (key, prefix, version) => `${version}/${prefix}/${key.toLowerCase()}`)).toBe(
      '1/p/user:*',
    );
  });

  it('A-56: knows a KEY_FUNCTION that glob signs do not get through', () => {
    expect(inVersion('user:*', 'p', '1', hashing)).toBeUndefined();
    expect(inVersion('a?c', 'p', '1', (key) => encodeURIComponent(key))).toBeUndefined();
    expect(inVersion('a*c', 'p*', '1', (_, prefix, version) => `${prefix}:${version}`)).toBeUndefined();
  });

  it('A-56: a pattern that matches one text is the key of that text, under any KEY_FUNCTION', () => {
    expect(inVersion('user:7', 'a*', '1')).toBe('a[*]:1:user:7');
    expect(inVersion('a\\*c', 'p', '1')).toBe('p:1:a\\*c');
    expect(inVersion('a\\*c', 'p*', '1', hashing)).toBe(hashing('a*c', 'p*', '1'));
  });
});
