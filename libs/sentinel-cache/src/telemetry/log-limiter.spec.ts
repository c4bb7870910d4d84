import { describe, expect, it } from '@jest/globals';

import { FakeClock } from '../testing/fake-clock.js';
import { LogLimiter } from './log-limiter.js';

const line = (message: string) => ({ level: 'warn', message }) as const;

function setUp() {
  const clock = new FakeClock();
  const limiter = new LogLimiter(clock);
  const log: string[] = [];
  const tell = (sort: string, message: string): void => {
    log.push(...limiter.due().map((summary) => summary.message));
    if (limiter.admit(sort, line(message))) log.push(message);
  };
  return { clock, limiter, log, tell };
}

describe('LogLimiter', () => {
  it('writes ten lines of one sort a minute; of 50 the other 40 are one line, with the last of them', () => {
    const { clock, limiter, log, tell } = setUp();
    for (let i = 1; i <= 50; i += 1) {
      clock.advance(100);
      tell('moved', `the primary is now ${i}`);
    }
    expect(log).toHaveLength(10);
    expect(limiter.nextDueMs()).toBe(60_000 - 4900);
    clock.advance(60_000);
    expect(limiter.due()).toEqual([line('40 similar lines were left out within a minute, the last: the primary is now 50')]);
    expect(limiter.due()).toEqual([]);
    expect(limiter.nextDueMs()).toBeUndefined();
  });

  it('counts each sort for itself: a storm of one hides no other', () => {
    const { log, tell } = setUp();
    for (let i = 0; i < 100; i += 1) tell('sentinel-lost', 'lost');
    tell('down', 'no connection');
    expect(log.at(-1)).toBe('no connection');
  });

  it('an hour of flapping is 11 lines a minute', () => {
    const { clock, log, tell } = setUp();
    for (let second = 0; second < 3600; second += 1) {
      tell('down', 'down');
      clock.advance(1000);
    }
    expect(log.length).toBeLessThanOrEqual(60 * 11);
    expect(log.filter((message) => message.startsWith('50 similar lines'))).toHaveLength(59);
  });

  it('lines that are as rare as they should be pass, with nothing added', () => {
    const { clock, limiter, log, tell } = setUp();
    for (let i = 0; i < 30; i += 1) {
      tell('moved', 'moved');
      clock.advance(20_000);
    }
    expect(log).toEqual(Array.from({ length: 30 }, () => 'moved'));
    expect(limiter.due(true)).toEqual([]);
  });

  it('says at the end what it still owes', () => {
    const { limiter, tell } = setUp();
    for (let i = 0; i < 11; i += 1) tell('moved', 'moved');
    expect(limiter.due(true).map(({ message }) => message)).toEqual([
      '1 similar line was left out within a minute, the last: moved',
    ]);
  });

  it('tells 1000 sorts apart at most', () => {
    const { limiter, tell } = setUp();
    for (let i = 0; i < 5000; i += 1) tell(`sort ${i}`, 'line');
    expect((limiter as unknown as { windows: Map<string, unknown> }).windows.size).toBe(1000);
  });
});
