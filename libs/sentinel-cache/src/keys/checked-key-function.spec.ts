import { describe, expect, it } from '@jest/globals';
import { InvalidCacheKeyError } from '../errors/invalid-cache-key.error.js';
import { checkedKeyFunction } from './checked-key-function.js';

describe("the user's own KEY_FUNCTION", () => {
  it('gives its text as it is, and tells what it throws', () => {
    const cause = new Error('mine');
    expect(checkedKeyFunction((key, prefix, version) => `${prefix}|${version}|${key}`)('k', 'p', '1')).toBe('p|1|k');
    const failing = checkedKeyFunction(() => {
      throw cause;
    });
    expect(() => failing('k', 'p', '1')).toThrow(cause);
  });

  it.each([
    [() => undefined, 'undefined'],
    [() => 5, 'number'],
    [() => Buffer.from('k'), 'object'],
    [() => '\ud800', 'half a surrogate pair'],
    [async () => 'k', 'a Promise'],
    [async () => Promise.reject(new Error('nobody waits for this')), 'a Promise'],
  ])('refuses what is no stored key: %p gives %s', async (own, got) => {
    const keyFunction = checkedKeyFunction(own as never);
    expect(() => keyFunction('k', 'p', '1')).toThrow(InvalidCacheKeyError);
    expect(() => keyFunction('k', 'p', '1')).toThrow(`got ${got}.`);
    // A rejection that nobody catches would end the process here.
    await new Promise(setImmediate);
  });
});
