import { describe, expect, it } from '@jest/globals';

import { describeCommand, type Operation } from './operation.js';

const described = (operation?: Operation, alias: string | undefined = 'default') =>
  describeCommand({ alias, name: 'SET', ...(operation && { operation }) });

describe('how an error names a call', () => {
  it.each<[string, Operation | undefined]>([
    ["incr('visits')", { method: 'incr', keys: 'visits' }],
    ["getMany('a')", { method: 'getMany', keys: ['a'] }],
    ["getMany('a' and 2 more)", { method: 'getMany', keys: ['a', 'b', 'c'] }],
    ['getMany()', { method: 'getMany', keys: [] }],
    ["get('')", { method: 'get', keys: '' }],
    ['clear', { method: 'clear' }],
    ['SET', undefined],
  ])('%s', (text, operation) => {
    expect(described(operation)).toBe(`Cache 'default', ${text}`);
  });

  it('without an alias the call stands alone', () => {
    expect(describeCommand({ name: 'PING' })).toBe('PING');
  });

  it('escapes a key and cuts it at 200 characters', () => {
    expect(described({ method: 'get', keys: 'a\r\nb\u001B[2J' })).toBe(String.raw`Cache 'default', get('a\r\nb\x1b[2J')`);
    expect(described({ method: 'get', keys: 'k'.repeat(10_000) })).toBe(
      `Cache 'default', get('${'k'.repeat(200)}... (10000 characters)')`,
    );
  });
});
