import { describe, expect, it } from '@jest/globals';

import type { RedisArgument } from '../contract/redis-client.js';
import { sizeOf } from './pending-call.js';

const sizeWith = (...args: unknown[]): number => sizeOf({ kind: 'read', name: 'GET', args: args as RedisArgument[], keys: [] });

describe('what a command takes in a queue', () => {
  it.each<[string, unknown, number]>([
    ['a number', 5, 8],
    ['short text', 'ä'.repeat(199), 199],
    ['long text, in UTF-8', 'ä'.repeat(200), 400],
    ['bytes that are no text', Buffer.alloc(1000, 0xff), 1000],
    ['bytes of text', Buffer.alloc(1000, 'ä'), 1000],
    ['a bigint', 10n ** 20n, 21],
    ['a boolean', true, 4],
  ])('grows by %s', (_what, argument, bytes) => {
    expect(sizeWith('k', argument) - sizeWith('k')).toBe(bytes);
  });
});
