import { describe, expect, it } from '@jest/globals';

import { toLifetime } from './lifetime.js';

/** 285 000 years. */
const LONGEST_MS = Number.MAX_SAFE_INTEGER - 10_000_000_000_000;

describe('toLifetime', () => {
  it.each([
    [300, 300_000],
    [1.5, 1500],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    [null, 'forever'],
    [0, 'already-expired'],
    [-1, 'already-expired'],
    [0.0004, 'already-expired'],
    ['-1s', 'already-expired'],
  ])('%p is %p', (timeout, lifetime) => {
    expect(toLifetime(timeout)).toBe(lifetime);
  });

  it.each([Infinity, -Infinity, NaN, `${'9'.repeat(400)}s`, `-${'9'.repeat(400)}d`, 'Infinity', 'a while', '300', true, {}, 10n])(
    '%p is no timeout: for ever is null',
    (wrong) => {
      expect(toLifetime(wrong)).toBeUndefined();
    },
  );

  it.each([9e15, 1e300, Number.MAX_VALUE, '999999999999999d'])(
    '%p is cut to 285 000 years, as the longest there is',
    (timeout) => {
      expect(toLifetime(timeout)).toBe(LONGEST_MS);
    },
  );

  it('a number that is too far below 0 for its milliseconds is over as any other', () => {
    expect(toLifetime(-Number.MAX_VALUE)).toBe('already-expired');
  });
});
