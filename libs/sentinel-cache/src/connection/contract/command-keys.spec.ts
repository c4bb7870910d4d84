import { describe, expect, it } from '@jest/globals';

import { commandKeys } from './command-keys.js';

describe('the keys among the arguments of a command', () => {
  it.each([
    ['GET', ['k'], ['k']],
    ['get', [7], ['7']],
    ['MGET', ['a', Buffer.from('b')], ['a', Buffer.from('b')]],
    ['EVAL', ['return 1', 2, 'a', 'b', 'value'], ['a', 'b']],
    ['evalsha', ['0123', '1', 'a', 'value'], ['a']],
    ['ZUNIONSTORE', ['to', 2, 'a', 'b', 'WEIGHTS', 1, 2], ['to', 'a', 'b']],
    ['ZINTER', [1, 'a', 'WITHSCORES'], ['a']],
    ['MSETEX', [2, 'a', 1, 'b', 2, 'EX', 5], ['a', 'b']],
    ['PING', [], []],
    ['FT.SEARCH', ['index'], []],
  ])('%s %j: %j', (name, args, keys) => {
    expect(commandKeys(name, args)).toEqual(keys);
  });

  it.each([[1e9], [4_000_000_000], [-1], [1.5], ['many'], [2]])(
    'A-92: a count of %s keys, with one there, is left to Redis',
    (count) => {
      expect(commandKeys('EVAL', ['return 1', count, 'a'])).toEqual([]);
      expect(commandKeys('ZUNIONSTORE', ['to', count, 'a'])).toEqual(['to']);
      expect(commandKeys('MSETEX', [count, 'a', 1])).toEqual([]);
    },
  );

  it('A-92: knows hundreds of thousands of keys of one script', () => {
    const keys = Array.from({ length: 300_000 }, (_, i) => `{a}${i}`);
    expect(commandKeys('EVAL', ['return 1', keys.length, ...keys])).toHaveLength(keys.length);
  });
});
