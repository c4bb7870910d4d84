import { describe, expect, it } from '@jest/globals';

import { judgeFreshness } from './freshness.js';
import { LoadTimes } from './load-times.js';

const never = (): number => 0;

describe('judgeFreshness', () => {
  const facts = { lifeMs: 5000, graceMs: 0, beta: 1, tookMs: 100, random: never };

  it('counts grace off', () => {
    expect([1001, 1000, 1].map((lifeMs) => judgeFreshness({ ...facts, lifeMs, graceMs: 1000 }))).toEqual([
      'fresh',
      'stale',
      'stale',
    ]);
  });

  it('is early by the time it took, times beta, times an exponential number', () => {
    // -ln(1 - random) is 1.
    const random = (): number => 1 - Math.exp(-1);
    expect([101, 99].map((lifeMs) => judgeFreshness({ ...facts, lifeMs, random }))).toEqual(['fresh', 'early']);
    expect([301, 299].map((lifeMs) => judgeFreshness({ ...facts, lifeMs, beta: 3, random }))).toEqual(['fresh', 'early']);
    expect(judgeFreshness({ ...facts, lifeMs: 1, beta: 0, random })).toBe('fresh');
    expect(judgeFreshness({ ...facts, lifeMs: 1, tookMs: undefined, random })).toBe('fresh');
  });

  it('of many callers spread over the last moments one in e is early at that time', () => {
    let early = 0;
    for (let i = 0; i < 10_000; i += 1) {
      const random = (): number => i / 10_000;
      if (judgeFreshness({ ...facts, lifeMs: 100, random }) === 'early') early += 1;
    }
    expect(early / 10_000).toBeCloseTo(Math.exp(-1), 2);
  });
});

describe('LoadTimes', () => {
  it('remembers ten thousand keys, those that were made last', () => {
    const times = new LoadTimes();
    for (let i = 0; i < 10_000; i += 1) times.note(`k${i}`, i);
    times.note('k0', 7);
    times.note('one more', 1);
    expect([times.size, times.of('k0'), times.of('k1'), times.of('one more')]).toEqual([10_000, 7, undefined, 1]);
  });
});
