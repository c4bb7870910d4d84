import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LockHold } from './lock-hold.js';

const REASON = new Error('lost');
const lost = (): Error => REASON;
const DAY_MS = 86_400_000;

describe('LockHold', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('fires at the end of its life, not before, and says why', () => {
    const signal = new LockHold('t', performance.now() + 1000).watch(undefined, lost);
    jest.advanceTimersByTime(999);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect([signal.aborted, signal.reason]).toEqual([true, REASON]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('fires at once when its life is over already', () => {
    expect(new LockHold('t', performance.now()).watch(undefined, lost).reason).toBe(REASON);
  });

  it('outlasts the longest timer there is (24.8 days), and never fires without an end', () => {
    const long = new LockHold('t', performance.now() + 60 * DAY_MS).watch(undefined, lost);
    const eternal = new LockHold('t', Infinity).watch(undefined, lost);
    jest.advanceTimersByTime(60 * DAY_MS - 1);
    expect(long.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect([long.aborted, eternal.aborted, jest.getTimerCount()]).toEqual([true, false, 0]);
  });

  it('follows an end that moves, later or sooner', () => {
    const hold = new LockHold('t', performance.now() + 1000);
    const signal = hold.watch(undefined, lost);
    hold.prolong(1000);
    jest.advanceTimersByTime(1999);
    expect(signal.aborted).toBe(false);
    hold.last(performance.now() + 5000);
    jest.advanceTimersByTime(4000);
    hold.last(performance.now() + 10);
    jest.advanceTimersByTime(10);
    expect(signal.aborted).toBe(true);
  });

  it('fires with the caller´s own signal; settled it leaves neither timer nor listener', () => {
    const outer = new AbortController();
    const [followed, settled] = [new LockHold('t', performance.now() + 1000), new LockHold('t', performance.now() + 1000)];
    const signals = [followed.watch(outer.signal, lost), settled.watch(outer.signal, lost)];
    settled.settle();
    outer.abort('stop');
    expect(signals.map(({ reason }) => reason as unknown)).toEqual(['stop', undefined]);
    followed.settle();
    expect(jest.getTimerCount()).toBe(0);
    expect(new LockHold('t', Infinity).watch(outer.signal, lost).reason).toBe('stop');
  });
});
