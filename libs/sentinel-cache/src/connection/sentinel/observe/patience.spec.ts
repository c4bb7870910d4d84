import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Patience } from './patience.js';

describe('Patience', () => {
  let ends: number;
  let patience: Patience;
  beforeEach(() => {
    jest.useFakeTimers();
    ends = 0;
    patience = new Patience(200, () => (ends += 1));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('lasts from its beginning to its end, and tells the end once', () => {
    expect(patience.lasts).toBe(false);
    patience.begin();
    jest.advanceTimersByTime(199);
    expect([patience.lasts, ends]).toEqual([true, 0]);
    jest.advanceTimersByTime(10_000);
    expect([patience.lasts, ends]).toEqual([false, 1]);
  });
  it('is not drawn out by another beginning, and may begin again afterwards', () => {
    patience.begin();
    jest.advanceTimersByTime(150);
    patience.begin();
    jest.advanceTimersByTime(60);
    expect([patience.lasts, ends]).toEqual([false, 1]);
    patience.begin();
    jest.advanceTimersByTime(210);
    expect(ends).toBe(2);
  });
  it('ends without a word when it is ended', () => {
    patience.begin();
    patience.end();
    jest.advanceTimersByTime(1000);
    expect([patience.lasts, ends]).toEqual([false, 0]);
  });
  it('loses a quarter at most while the whole process stands still', async () => {
    jest.useRealTimers();
    patience.begin();
    const frozenUntilMs = performance.now() + 300;
    while (performance.now() < frozenUntilMs);
    await new Promise((resolve) => setTimeout(() => setImmediate(resolve)));
    expect([patience.lasts, ends]).toEqual([true, 0]);
    patience.end();
  });
});
