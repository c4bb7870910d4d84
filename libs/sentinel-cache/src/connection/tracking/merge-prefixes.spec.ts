import { describe, expect, it } from '@jest/globals';

import { mergePrefixes } from './merge-prefixes.js';

describe('the prefixes that one link is armed with', () => {
  it.each<[string[], string[]]>([
    [
      ['a:', 'b:'],
      ['a:', 'b:'],
    ],
    [['a:b:', 'a:'], ['a:']],
    [['a:', 'a:'], ['a:']],
    [
      ['ab:', 'a:'],
      ['a:', 'ab:'],
    ],
    [
      ['a:b:', 'a:c:', 'b:'],
      ['b:', 'a:b:', 'a:c:'],
    ],
    [['a:', '', 'b:'], ['']],
    [
      [':', 'a:'],
      [':', 'a:'],
    ],
    [[], []],
  ])('%j: %j', (given, merged) => {
    expect(mergePrefixes(given)).toEqual(merged);
  });
});
