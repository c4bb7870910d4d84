import { describe, expect, it, jest } from '@jest/globals';

import { CopyBudget, StreamCopy } from './stream-copy.js';

describe('StreamCopy', () => {
  it('gives up a stream that takes more than a minute, and what its copy took', () => {
    jest.useFakeTimers();
    try {
      const budget = new CopyBudget();
      const ends: (string | undefined)[] = [];
      const [slow, fast] = ['slow', 'fast'].map(() => new StreamCopy(100, budget, (body) => ends.push(body?.toString())));
      const giveBack = jest.spyOn(budget, 'giveBack');
      for (const copy of [slow!, fast!]) copy.add(Buffer.from('part'));
      jest.advanceTimersByTime(59_999);
      fast!.end(true);
      expect([ends, jest.getTimerCount()]).toEqual([['part'], 1]);
      jest.advanceTimersByTime(1);
      expect([ends, giveBack.mock.calls, jest.getTimerCount()]).toEqual([['part', undefined], [[4], [4]], 0]);
    } finally {
      jest.useRealTimers();
    }
  });
});
