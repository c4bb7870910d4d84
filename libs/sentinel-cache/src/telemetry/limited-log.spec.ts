import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { FakeClock } from '../testing/fake-clock.js';
import { LimitedLog } from './limited-log.js';

describe('LimitedLog', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function setUp() {
    const clock = new FakeClock();
    const log: string[] = [];
    const limited = new LimitedLog(({ message }) => log.push(message), clock);
    const storm = (lines: number): void => {
      for (let i = 1; i <= lines; i += 1) limited.tell('moved', { level: 'info', message: `moved ${i}` });
    };
    return { clock, log, limited, storm };
  }

  it('50 failovers are ten lines and, a minute later, one that says the rest; then no timer is left', () => {
    const { clock, log, storm } = setUp();
    storm(50);
    expect(log).toHaveLength(10);
    clock.advance(60_000);
    jest.advanceTimersByTime(60_000);
    expect(log.slice(10)).toEqual(['40 similar lines were left out within a minute, the last: moved 50']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('closed in a storm it says the rest at once, and leaves no timer', () => {
    const { log, limited, storm } = setUp();
    storm(11);
    limited.close();
    expect(log.at(-1)).toBe('1 similar line was left out within a minute, the last: moved 11');
    expect(jest.getTimerCount()).toBe(0);
  });
});
