import { describe, expect, it } from '@jest/globals';

import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import { checkExpiry, expiryOf } from './session-expiry.js';

const NOW_MS = Date.UTC(2026, 0, 1);
const AGE = 1000;
const config = { cookieAgeSeconds: AGE, expireAtBrowserClose: false } as SessionConfig;
const LAST_SECONDS = (Date.UTC(9999, 11, 31, 23, 59, 59) - NOW_MS) / 1000;

/** Whatever stands there, both ends of it can be written down. */
function ageOf(stored: unknown): number {
  const data = { _session_expiry: stored };
  const { ageSeconds, date, atBrowserClose } = expiryOf(data, config, NOW_MS);
  const moments = [date, new Date(NOW_MS + ageSeconds * 1000)];
  for (const moment of moments) expect(moment.toISOString()).toMatch(/^[1-9]\d{3}-/);
  expect(typeof atBrowserClose).toBe('boolean');
  return ageSeconds;
}

describe('S-26: a stored expiry', () => {
  it.each([
    [60, 60],
    [60.9, 60],
    [-10, -10],
    [0, AGE],
    [300n, 300],
    [new Date(NOW_MS + 5999), 5],
    ['2026-01-01T00:01:00.000000+00:00', 60],
    ['2026-01-01 01:01:00+01:00', 60],
  ])('%p counts', (stored, age) => {
    expect(ageOf(stored)).toBe(age);
  });

  it.each([[1e15], [1e300], [Infinity], [2n ** 70n], [new Date(8.64e15)], ['9999-12-31T23:59:59.999999-12:00']])(
    '%p is the end of the year 9999, the last that can be written',
    (stored) => {
      expect(ageOf(stored)).toBe(LAST_SECONDS);
    },
  );

  it.each([[-1e15], [-Infinity], [-(2n ** 70n)], [new Date(-8.64e15)], ['0001-01-01T00:00:00+00:00']])(
    '%p is over since 1970',
    (stored) => {
      expect(ageOf(stored)).toBe(-NOW_MS / 1000);
    },
  );

  it.each([
    [NaN], [new Date(NaN)], [''], ['5'], ['300'], ['soon'], ['2026-13-45T99:99:99'], ['1e15'], ['-1'], [null], [undefined], [true],
    [[60]], [{ seconds: 60 }], [new Map()], [Buffer.from('60')],
  ])('%p is none: the settings count', (stored) => {
    expect(ageOf(stored)).toBe(AGE);
  }); // prettier-ignore
});

describe('what setExpiry takes', () => {
  it.each([[null], [0], [300], [-5], [1.5], [new Date(0)], [new Date(NOW_MS)], [new Date(Date.UTC(9999, 11, 31))]])(
    '%p',
    (choice) => {
      expect(() => checkExpiry(choice, NOW_MS)).not.toThrow();
    },
  );
  it.each([
    [NaN],
    [Infinity],
    [1e15],
    [-1e15],
    [new Date(NaN)],
    [new Date(8.64e15)],
    [new Date(-1)],
    ['300'],
    [undefined],
    [{}],
    [5n],
  ])('not %p: no engine could store that, and Django could not read it', (choice) => {
    expect(() => checkExpiry(choice, NOW_MS)).toThrow(InvalidArgumentError);
  });
});
