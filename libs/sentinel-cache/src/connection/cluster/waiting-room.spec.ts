import { describe, expect, it } from '@jest/globals';

import { WaitingRoom } from './waiting-room.js';

const room = () => new WaitingRoom({ queuedCommands: 2, queuedBytes: 100 });

describe('the room where calls wait for news', () => {
  it('lets everyone look again at news, in their order, and forgets them', async () => {
    const waiting = room();
    const left: string[] = [];
    const all = ['a', 'b'].map(async (name) => left.push(`${name} ${await waiting.wait(10, 10_000)}`));
    expect(waiting.size).toBe(2);
    waiting.wake();
    await Promise.all(all);
    expect(left).toEqual(['a news', 'b news']);
    expect(waiting.size).toBe(0);
  });

  it('ends a wait by time', async () => {
    expect(await room().wait(10, 1)).toBe('time');
  });

  it('is bounded in number and in bytes; one alone may be of any size', async () => {
    const byNumber = room();
    const some = [byNumber.wait(1, 10_000), byNumber.wait(1, 10_000)];
    expect(await byNumber.wait(1, 10_000)).toBe('full');
    byNumber.close();
    expect(await Promise.all(some)).toEqual(['closed', 'closed']);
    const byBytes = room();
    const large = byBytes.wait(1000, 10_000);
    expect(byBytes.size).toBe(1);
    expect(await byBytes.wait(1, 10_000)).toBe('full');
    byBytes.wake();
    expect(await large).toBe('news');
    expect(await byBytes.wait(90, 1)).toBe('time');
  });

  it('takes nobody in any more once it is closed', async () => {
    const closed = room();
    closed.close();
    expect(await closed.wait(1, 10_000)).toBe('closed');
  });
});
