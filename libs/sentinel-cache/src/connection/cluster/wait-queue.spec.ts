import { describe, expect, it } from '@jest/globals';

import { WaitQueue } from './wait-queue.js';

const queue = () => new WaitQueue({ queuedCommands: 2, queuedBytes: 100 });

describe('WaitQueue', () => {
  it('lets all calls try again when it is woken, in their order, and forgets them', async () => {
    const waiting = queue();
    const left: string[] = [];
    const all = ['a', 'b'].map(async (name) => left.push(`${name} ${await waiting.wait(10, 10_000)}`));
    expect(waiting.size).toBe(2);
    waiting.wake();
    await Promise.all(all);
    expect(left).toEqual(['a woken', 'b woken']);
    expect(waiting.size).toBe(0);
  });

  it('ends a wait when its time is over', async () => {
    expect(await queue().wait(10, 1)).toBe('timeout');
  });

  it('is bounded in number and in bytes; a single call may be of any size', async () => {
    const byNumber = queue();
    const some = [byNumber.wait(1, 10_000), byNumber.wait(1, 10_000)];
    expect(await byNumber.wait(1, 10_000)).toBe('full');
    byNumber.close();
    expect(await Promise.all(some)).toEqual(['closed', 'closed']);
    const byBytes = queue();
    const large = byBytes.wait(1000, 10_000);
    expect(byBytes.size).toBe(1);
    expect(await byBytes.wait(1, 10_000)).toBe('full');
    byBytes.wake();
    expect(await large).toBe('woken');
    expect(await byBytes.wait(90, 1)).toBe('timeout');
  });

  it('accepts no call any more once it is closed', async () => {
    const closed = queue();
    closed.close();
    expect(await closed.wait(1, 10_000)).toBe('closed');
  });
});
