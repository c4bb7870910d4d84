import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { FakeClock } from '../testing/fake-clock.js';
import { LimitedLog } from './limited-log.js';

describe('LimitedLog', () => {
  let clock: FakeClock;
  let log: string[];
  let limited: LimitedLog;
  beforeEach(() => {
    jest.useFakeTimers();
    clock = new FakeClock();
    log = [];
    limited = new LimitedLog(({ message }) => log.push(message), clock);
  });
  afterEach(() => void jest.useRealTimers());

  const tell = (sort: string, message = sort): void => limited.tell(sort, { level: 'warn', message });
  const storm = (lines: number): void => {
    for (let i = 1; i <= lines; i += 1) tell('moved', `moved ${i}`);
  };
  const pass = (ms: number): void => {
    clock.advance(ms);
    jest.advanceTimersByTime(ms);
  };

  it('50 failovers are ten lines and, a minute later, one that says the rest; then no timer is left', () => {
    storm(50);
    expect(log).toHaveLength(10);
    pass(59_999);
    expect(log).toHaveLength(10);
    pass(1);
    expect(log.slice(10)).toEqual(['40 similar lines were left out within a minute, the last: moved 50']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('closed in a storm it says the rest at once, and leaves no timer', () => {
    storm(11);
    limited.close();
    expect(log.at(-1)).toBe('1 similar line was left out within a minute, the last: moved 11');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts each sort for itself: a storm of one hides no other', () => {
    storm(100);
    tell('down');
    expect(log.at(-1)).toBe('down');
  });

  it('an hour of flapping is 11 lines a minute', () => {
    for (let second = 0; second < 3600; second += 1) {
      tell('down');
      pass(1000);
    }
    expect(log.length).toBeLessThanOrEqual(60 * 11);
    expect(log.filter((message) => message.startsWith('50 similar lines'))).toHaveLength(60);
  });

  it('lines that are as rare as they should be pass, with nothing added and no timer', () => {
    for (let i = 0; i < 30; i += 1) {
      tell('moved');
      expect(jest.getTimerCount()).toBe(0);
      pass(20_000);
    }
    limited.close();
    expect(log).toEqual(Array.from({ length: 30 }, () => 'moved'));
  });

  it('tells 1000 sorts apart at most', () => {
    for (let i = 0; i < 5000; i += 1) tell(`sort ${i}`, 'line');
    expect((limited as unknown as { windows: Map<string, unknown> }).windows.size).toBe(1000);
  });
});
