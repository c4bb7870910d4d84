import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { EVERY_PAGE } from '../../keys/tag-names.js';
import { KeptEvictions } from './kept-evictions.js';

const AWAY = new CacheUnavailableError('no-primary', false, 'away', { alias: 'a' });
const LIMIT_MS = 50;

/** What Redis does with each call: an error, an answer, or nothing until `answer` is called. */
let redis: 'answers' | 'is silent' | Error;
let calls: string[][];
let waiting: (() => void)[];
let ended: Record<string, number>;
let kept: KeptEvictions;
beforeEach(() => {
  jest.useFakeTimers();
  [redis, calls, waiting, ended] = ['answers', [], [], {}];
  kept = new KeptEvictions({
    alias: 'a',
    invalidate: async (tags) => {
      calls.push([...tags]);
      if (redis instanceof Error) throw redis;
      if (redis === 'is silent') await new Promise<void>((resolve) => waiting.push(resolve));
    },
    onEnded: (outcome, count) => void (ended[outcome] = (ended[outcome] ?? 0) + count),
  });
});
afterEach(() => {
  kept.close();
  jest.useRealTimers();
});

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('evictions that Redis does not take', () => {
  it('one that it takes is kept nowhere', async () => {
    expect(await kept.evict(['t'], LIMIT_MS)).toBeUndefined();
    expect([kept.isKept(['t']), kept.isIdle, jest.getTimerCount()]).toEqual([false, true, 0]);
  });

  it.each([AWAY, new CommandRejectedError('NOPERM', 'no', { alias: 'a' })])(
    'whatever it says (%s), they are kept and sent again each second until it takes them',
    async (error) => {
      redis = error;
      expect(await kept.evict(['t', 'u'], LIMIT_MS)).toBe(error);
      expect([kept.isKept(['x', 'u']), kept.isKept(['x'])]).toEqual([true, false]);
      await pass(3000);
      expect([kept.isKept(['t']), calls.length]).toEqual([true, 1 + 2 * 3]);
      redis = 'answers';
      await pass(1000);
      expect([kept.isKept(['t', 'u']), kept.isIdle, ended]).toEqual([false, true, { replayed: 2 }]);
    },
  );

  it('without an answer in time they are kept, too, and the caller goes on', async () => {
    redis = 'is silent';
    const evicted = kept.evict(['t'], LIMIT_MS);
    await pass(LIMIT_MS - 1);
    expect(kept.isKept(['t'])).toBe(false);
    await pass(2);
    expect(await evicted).toMatchObject({ reason: 'deadline', executed: 'unknown', alias: 'a' });
    expect(kept.isKept(['t'])).toBe(true);
  });

  it('one that is lost again while it is being sent is sent once more', async () => {
    redis = AWAY;
    await kept.evict(['t'], LIMIT_MS);
    redis = 'is silent';
    await pass(1000);
    expect([calls.length, kept.isKept(['t'])]).toEqual([2, true]);
    redis = AWAY;
    await kept.evict(['t'], LIMIT_MS);
    // What was sent before that has come back: it does not count for this one.
    redis = 'answers';
    waiting.forEach((answer) => answer());
    await pass(0);
    expect([calls.length, kept.isKept(['t'])]).toEqual([4, false]);
  });

  it('at most 100 are sent at a time', async () => {
    redis = AWAY;
    const tags = Array.from({ length: 250 }, (_, i) => `t${i}`);
    await kept.evict(tags, LIMIT_MS);
    redis = 'is silent';
    await pass(1000);
    for (const most of [100, 100, 50]) {
      expect(waiting.length).toBe(most);
      waiting.splice(0).forEach((answer) => answer());
      await pass(0);
    }
    expect([kept.isIdle, ended]).toEqual([true, { replayed: 250 }]);
  });

  it('past 10 000 none is forgotten: every page counts as dropped, here at once and everywhere later', async () => {
    redis = AWAY;
    for (let i = 0; i < 10_050; i += 1) await kept.evict([`t${i}`], LIMIT_MS);
    expect(ended.overflow).toBeGreaterThanOrEqual(50);
    // Each page has that tag.
    for (const tag of ['t0', 't49', 't10049', 'never evicted']) expect(kept.isKept([EVERY_PAGE, tag])).toBe(true);
    [redis, calls] = ['answers', []];
    await pass(1000);
    expect([kept.isIdle, calls.flat().includes(EVERY_PAGE), calls.flat().includes('t10049')]).toEqual([true, true, true]);
  });

  it('what is still kept when the cache is closed is counted', async () => {
    redis = AWAY;
    await kept.evict(['t', 'u'], LIMIT_MS);
    kept.close();
    expect([ended, jest.getTimerCount()]).toEqual([{ closed: 2 }, 0]);
  });
});
