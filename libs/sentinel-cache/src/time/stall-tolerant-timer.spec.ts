import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { StallTolerantTimer, within } from './stall-tolerant-timer.js';

/** This process stands still. */
function standStill(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe('StallTolerantTimer', () => {
  let ends: number;
  let timer: StallTolerantTimer;
  beforeEach(() => {
    jest.useFakeTimers();
    ends = 0;
    timer = new StallTolerantTimer(200, () => (ends += 1));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('runs from its start to its end, and tells the end once', () => {
    expect(timer.isRunning).toBe(false);
    timer.start();
    jest.advanceTimersByTime(199);
    expect([timer.isRunning, ends]).toEqual([true, 0]);
    jest.advanceTimersByTime(10_000);
    expect([timer.isRunning, ends]).toEqual([false, 1]);
  });
  it('is not drawn out by another start, and may start again afterwards', () => {
    timer.start();
    jest.advanceTimersByTime(150);
    timer.start();
    jest.advanceTimersByTime(60);
    expect([timer.isRunning, ends]).toEqual([false, 1]);
    timer.start();
    jest.advanceTimersByTime(210);
    expect(ends).toBe(2);
  });
  it('does not call back when it is stopped', () => {
    timer.start();
    timer.stop();
    jest.advanceTimersByTime(1000);
    expect([timer.isRunning, ends]).toEqual([false, 0]);
  });
  it('loses a quarter at most while the whole process stands still', async () => {
    jest.useRealTimers();
    timer.start();
    standStill(300);
    await new Promise((resolve) => setTimeout(() => setImmediate(resolve)));
    expect([timer.isRunning, ends]).toEqual([true, 0]);
    timer.stop();
  });
});

describe('work within a time', () => {
  const late = (): Error => new Error('late');

  it('fault 18: ends when it is not done in time', async () => {
    await expect(within(100, new Promise(() => undefined), late)).rejects.toThrow('late');
  });

  it('fault 58: a pause of this process is not the silence of a sentinel: what takes some turns after it is in time', async () => {
    const steps = async (): Promise<string> => {
      // An answer has to be read, and another question asked: the pause is over long before the second
      // answer.
      for (let step = 0; step < 3; step += 1) await pause(5);
      return 'answered';
    };
    const answer = within(100, steps(), late);
    standStill(300);
    expect(await answer).toBe('answered');
  });
});
