import { describe, expect, it } from '@jest/globals';

import { PendingReplies, type PendingReply } from './pending-replies.js';

const pending = (): PendingReply => ({ done: () => undefined, messages: 0 });

describe('PendingReplies', () => {
  it('keeps the order over 10 000 commands of which many are in flight', () => {
    const replies = new PendingReplies();
    const expected: PendingReply[] = [];
    for (let i = 0; i < 10_000; i += 1) {
      const next = pending();
      replies.push(next);
      expected.push(next);
      if (i % 3 === 0) continue;
      expect(replies.first === expected.shift()).toBe(true);
      replies.shift();
      expect(replies.size).toBe(expected.length);
    }
    expect(replies.drain()).toEqual(expected);
    expect(replies.size).toBe(0);
    expect(replies.first).toBeUndefined();
  });
});
