import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { FakeClock } from '../testing/fake-clock.js';
import { LimitedLog, type LogLine } from './limited-log.js';

describe('LimitedLog', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function setUp() {
    const clock = new FakeClock();
    const lines: LogLine[] = [];
    const limited = new LimitedLog((line) => lines.push(line), clock);
    const pass = (ms: number): void => {
      clock.advance(ms);
      jest.advanceTimersByTime(ms);
    };
    return {
      clock,
      limited,
      lines,
      pass,
      tell: (kind: string, message: string) => limited.tell(kind, { level: 'warn', message }),
      log: () => lines.map(({ message }) => message),
    };
  }

  it('writes ten lines of one sort a minute; of 50 the other 40 are one line, with the last of them; then no timer is left', () => {
    const { log, lines, pass, tell } = setUp();
    for (let i = 1; i <= 50; i += 1) {
      pass(100);
      tell('moved', `the primary is now ${i}`);
    }
    expect(log()).toHaveLength(10);
    pass(60_000 - 4900 - 1);
    expect(log()).toHaveLength(10);
    pass(1);
    const summary = '40 similar lines were left out within a minute, the last: the primary is now 50';
    expect(lines.slice(10)).toEqual([{ level: 'warn', message: summary }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts each sort for itself: a storm of one hides no other', () => {
    const { log, tell } = setUp();
    for (let i = 0; i < 100; i += 1) tell('sentinel-lost', 'lost');
    tell('down', 'no connection');
    expect(log().at(-1)).toBe('no connection');
  });

  it('an hour of flapping is 11 lines a minute', () => {
    const { log, pass, tell } = setUp();
    for (let second = 0; second < 3600; second += 1) {
      tell('down', 'down');
      pass(1000);
    }
    expect(log().length).toBeLessThanOrEqual(60 * 11);
    expect(log().filter((message) => message.startsWith('50 similar lines'))).toHaveLength(60);
  });

  it('what was left out comes before the next line, also where no timer has run', () => {
    const { clock, log, tell } = setUp();
    for (let i = 0; i < 11; i += 1) tell('moved', 'moved');
    clock.advance(60_000);
    tell('moved', 'moved again');
    expect(log().slice(10)).toEqual(['1 similar line was left out within a minute, the last: moved', 'moved again']);
  });

  it('lines that are as rare as they should be pass, with nothing added', () => {
    const { limited, log, pass, tell } = setUp();
    for (let i = 0; i < 30; i += 1) {
      tell('moved', 'moved');
      pass(20_000);
    }
    limited.close();
    expect(log()).toEqual(Array.from({ length: 30 }, () => 'moved'));
  });

  it('closed in a storm it says the rest at once, and leaves no timer', () => {
    const { limited, log, tell } = setUp();
    for (let i = 0; i < 11; i += 1) tell('moved', 'moved');
    limited.close();
    expect(log().at(-1)).toBe('1 similar line was left out within a minute, the last: moved');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells 1000 sorts apart at most', () => {
    const { limited, tell } = setUp();
    for (let i = 0; i < 5000; i += 1) tell(`sort ${i}`, 'line');
    expect((limited as unknown as { windows: Map<string, unknown> }).windows.size).toBe(1000);
  });
});
