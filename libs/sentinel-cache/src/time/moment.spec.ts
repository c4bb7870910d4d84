import { describe, expect, it } from '@jest/globals';
import { toMoment } from './moment.js';

const AT = Date.UTC(2030, 0, 2, 3, 4, 5, 678);

describe('toMoment', () => {
  it.each([
    [new Date(AT), 1, AT],
    [new Date(AT), 1000, AT],
    [AT, 1, AT],
    [AT + 0.999, 1, AT],
    [AT / 1000, 1000, AT],
    [1.1, 1000, 1100],
    [0, 1000, 1],
    [-5, 1, 1],
    [-Infinity, 1000, 1],
    [new Date(-1), 1, 1],
    [1e300, 1, Number.MAX_SAFE_INTEGER],
    [Infinity, 1, 'forever'],
    [null, 1000, 'forever'],
  ] as const)('A-52: %p in units of %d ms is %p', (when, unitMs, moment) => {
    expect(toMoment(when, unitMs)).toBe(moment);
  });

  it.each([undefined, Number.NaN, new Date(Number.NaN), '2030-01-02', '15m', true, 10n, {}, { getTime: () => AT }])(
    'A-52: %p is none',
    (when) => {
      expect(toMoment(when, 1)).toBeUndefined();
    },
  );
});
