import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { PageRefreshes } from './page-refreshes.js';

let refreshes: PageRefreshes;
let begun: string[];
let ends: ((made: { isMade: boolean }) => void)[];
beforeEach(() => {
  jest.useFakeTimers();
  [refreshes, begun, ends] = [new PageRefreshes(), [], []];
});
afterEach(() => void jest.useRealTimers());

const begin = (key: string): void =>
  refreshes.begin(key, () => {
    begun.push(key);
    return new Promise((resolve) => ends.push(resolve));
  });

describe('PageRefreshes', () => {
  it('makes a page anew once at a time, and 100 pages at a time', async () => {
    for (let i = 0; i < 150; i += 1) begin(`p${i}`);
    begin('p0');
    expect([begun.length, new Set(begun).size]).toEqual([100, 100]);
    ends[0]!({ isMade: true });
    await jest.advanceTimersByTimeAsync(0);
    begin('p0');
    expect(begun.length).toBe(101);
  });

  it('a refresh that made no page is not tried again for a second', async () => {
    begin('p');
    ends[0]!({ isMade: false });
    await jest.advanceTimersByTimeAsync(999);
    begin('p');
    expect(begun.length).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    begin('p');
    expect(begun.length).toBe(2);
  });

  it('10 000 such pages are remembered; the oldest go first', async () => {
    for (let i = 0; i <= 10_000; i += 1) {
      begin(`p${i}`);
      ends.pop()!({ isMade: false });
      await Promise.resolve();
    }
    begun = [];
    for (const key of ['p1', 'p10000', 'p0']) begin(key);
    expect(begun).toEqual(['p0']);
  });
});
