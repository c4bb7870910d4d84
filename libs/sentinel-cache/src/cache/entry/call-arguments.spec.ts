import { describe, expect, it } from '@jest/globals';

import { createCaches } from '../create-caches.js';

describe('an argument of command()', () => {
  const cache = createCaches({ default: { BACKEND: 'locmem' } }).get();
  const refusal = (arg: unknown) =>
    cache.command('SET', 'k', arg as string).then(
      () => 'taken',
      (error: { message: string; code: string }) => `${error.code}: ${error.message}`,
    );

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('s'), 'symbol'],
    ['a function', () => 1, 'function'],
    ['bytes that are no Buffer', Uint8Array.of(1, 2, 3), 'bytes that are no Buffer (write Buffer.from(bytes))'],
    ['other typed arrays', Float64Array.of(1), 'bytes that are no Buffer (write Buffer.from(bytes))'],
    ['a view', new DataView(new ArrayBuffer(1)), 'bytes that are no Buffer (write Buffer.from(bytes))'],
    ['an ArrayBuffer', new ArrayBuffer(1), 'bytes that are no Buffer (write Buffer.from(bytes))'],
    ['an array', ['a', 'b'], 'an array (write its items one by one)'],
    ['an object', { EX: 5 }, 'an object'],
    ['a date', new Date(0), 'an object'],
    ['a map', new Map(), 'an object'],
    ['a boxed text', Object('a'), 'an object'],
    ['a promise', Promise.resolve('a'), 'an object'],
  ])('is refused when it is %s, by one error that says what to write', async (_, arg, got) => {
    expect(await refusal(arg)).toBe(
      `SENTINEL_CACHE_INVALID_ARGUMENT: Cache 'default', command('SET'): expected text, numbers or Buffers, got ${got} as argument 2.`,
    );
  });

  it.each([
    ['text', 'a'],
    ['bytes', Buffer.from('a')],
    ['a number', 1],
    ['a bigint', 1n],
    ['a boolean', true],
  ])('may be %s', async (_, arg) => {
    // No Redis is behind this cache: what is asked of it gets that far.
    expect(await refusal(arg)).toContain('SENTINEL_CACHE_REJECTED');
  });
});
