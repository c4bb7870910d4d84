import { describe, expect, it } from '@jest/globals';

import { CopyBudget, StreamCopy } from './stream-copy.js';

const MB = 1024 * 1024;

describe('StreamCopy', () => {
  it('copies at a time take 64 MB together; what was taken is given back at the end', () => {
    const budget = new CopyBudget();
    const ends: (number | undefined)[] = [];
    const copy = (): StreamCopy => new StreamCopy(40 * MB, budget, (body) => ends.push(body?.length));
    const [first, second] = [copy(), copy()];
    first.add(Buffer.alloc(40 * MB));
    second.add(Buffer.alloc(24 * MB));
    expect(ends).toEqual([]);
    second.add(Buffer.alloc(1));
    expect(ends).toEqual([undefined]);
    const third = copy();
    third.add(Buffer.alloc(24 * MB));
    first.end(true);
    third.add(Buffer.alloc(16 * MB));
    third.end(true);
    expect(ends).toEqual([undefined, 40 * MB, 40 * MB]);
  });

  it.each([
    ['an abort', (copy: StreamCopy): void => copy.end(false)],
    ['more than it may keep', (copy: StreamCopy): void => copy.add(Buffer.alloc(5))],
    ['what is no bytes', (copy: StreamCopy): void => copy.add(undefined)],
  ])('%s ends it without a body, once, and nothing stays taken', (_, end) => {
    const ends: (Buffer | undefined)[] = [];
    const budget = new CopyBudget();
    const copy = new StreamCopy(8, budget, (body) => ends.push(body));
    copy.add(Buffer.alloc(4));
    end(copy);
    copy.add(Buffer.alloc(1));
    copy.end(true);
    expect([ends, budget.take(64 * MB)]).toEqual([[undefined], true]);
  });
});
