import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { CommandRejectedError } from '../../errors/command-rejected.error.js';
import { InvalidationReplay } from './invalidation-replay.js';
import type { MissedInvalidation } from './missed-invalidations.js';

const key = (name: string): MissedInvalidation => ({ kind: 'key', name });
const AWAY = new CacheUnavailableError('no-primary', false, 'away', { alias: 'a' });

let failure: unknown;
let sent: string[];
let ended: Record<string, number>;
let replay: InvalidationReplay;
beforeEach(() => {
  jest.useFakeTimers();
  failure = AWAY;
  sent = [];
  ended = {};
  replay = new InvalidationReplay({
    send: async ({ kind, name }) => {
      sent.push(`${kind} ${name}`);
      if (failure) throw failure;
    },
    onEnded: (outcome, count) => void (ended[outcome] = (ended[outcome] ?? 0) + count),
  });
});
afterEach(() => {
  replay.close();
  jest.useRealTimers();
});

describe('invalidations that an outage held up', () => {
  it('are sent every second until Redis takes them, each once', async () => {
    replay.keep([key('k'), key('k'), { kind: 'tag', name: 'k' }]);
    await jest.advanceTimersByTimeAsync(999);
    expect(sent).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect([sent, ended]).toEqual([['key k', 'tag k'], {}]);
    failure = undefined;
    await jest.advanceTimersByTimeAsync(1000);
    expect([sent.length, ended, replay.isIdle]).toEqual([4, { replayed: 2 }, true]);
    await jest.advanceTimersByTimeAsync(5000);
    expect([sent.length, jest.getTimerCount()]).toEqual([4, 0]);
  });

  it('are dropped when this process has written the key since, and kept when the write failed', async () => {
    replay.keep([key('written'), key('failed'), key('refused')]);
    await replay.writing(['written', 'new'], async () => true, Boolean);
    await expect(replay.writing(['failed'], () => Promise.reject(AWAY), Boolean)).rejects.toBe(AWAY);
    await replay.writing(['refused'], async () => false, Boolean);
    failure = undefined;
    await jest.advanceTimersByTimeAsync(1000);
    expect([sent.toSorted(), ended]).toEqual([['key failed', 'key refused'], { superseded: 1, replayed: 2 }]);
  });

  it('are not sent while the key is written', async () => {
    let finish!: (isStored: boolean) => void;
    replay.keep([key('k')]);
    failure = undefined;
    const write = replay.writing(['k'], () => new Promise<boolean>((resolve) => (finish = resolve)), Boolean);
    await jest.advanceTimersByTimeAsync(3000);
    expect(sent).toEqual([]);
    finish(true);
    await write;
    await jest.advanceTimersByTimeAsync(3000);
    expect([sent, ended]).toEqual([[], { superseded: 1 }]);
  });

  describe('whose key is written while they are sent', () => {
    let answer: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
    beforeEach(async () => {
      replay = new InvalidationReplay({
        send: ({ name }) => new Promise<void>((resolve, reject) => (sent.push(name), (answer = { resolve, reject }))),
        onEnded: (outcome, count) => void (ended[outcome] = (ended[outcome] ?? 0) + count),
      });
      replay.keep([key('k')]);
      await jest.advanceTimersByTimeAsync(1000);
      expect(sent).toEqual(['k']);
    });

    it('are not kept again when that failed, and the write did not', async () => {
      await replay.writing(['k'], async () => true, Boolean);
      answer.reject(AWAY);
      await jest.advanceTimersByTimeAsync(5000);
      expect([sent, ended, replay.isIdle]).toEqual([['k'], { superseded: 1 }, true]);
    });

    it('are kept again when the write failed: it may have been carried out after them', async () => {
      await expect(replay.writing(['k'], () => Promise.reject(AWAY), Boolean)).rejects.toBe(AWAY);
      answer.resolve();
      await jest.advanceTimersByTimeAsync(1000);
      expect([sent, ended]).toEqual([['k', 'k'], { replayed: 1 }]);
      answer.resolve();
      await jest.advanceTimersByTimeAsync(0);
      expect([ended, replay.isIdle]).toEqual([{ replayed: 2 }, true]);
    });
  });

  it('are at most ten thousand: the oldest go, and are counted', async () => {
    replay.keep(Array.from({ length: 10_007 }, (_, i) => key(`k${i}`)));
    expect(ended).toEqual({ overflow: 7 });
    failure = undefined;
    await jest.advanceTimersByTimeAsync(1000);
    expect([ended, sent[0]]).toEqual([{ overflow: 7, replayed: 10_000 }, 'key k7']);
  });

  it('have at most eight million characters', () => {
    const long = 'x'.repeat(1024 * 1024);
    replay.keep(Array.from({ length: 10 }, (_, i) => key(`${i}${long}`)));
    expect(ended).toEqual({ overflow: 3 });
  });

  it('are lost, and counted, when Redis refuses them or the cache is closed', async () => {
    failure = new CommandRejectedError('NOPERM', 'no', { alias: 'a' });
    replay.keep([key('a')]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(ended).toEqual({ refused: 1 });
    replay.keep([key('b')]);
    replay.close();
    replay.keep([key('c')]);
    expect([ended, jest.getTimerCount()]).toEqual([{ refused: 1, closed: 2 }, 0]);
  });
});
