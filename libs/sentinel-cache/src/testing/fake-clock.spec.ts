import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('stands still until told', () => {
    const clock = new FakeClock(1000);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1000, 0]);
    clock.advance(250);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([1250, 250]);
  });

  it('lets the wall clock jump, and no time pass', () => {
    const clock = new FakeClock();
    clock.advance(250);
    clock.setWall(5);
    clock.advance(1);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([6, 251]);
  });

  it('never goes back', () => {
    expect(() => new FakeClock().advance(-1)).toThrow(RangeError);
    expect(() => new FakeClock().advance(NaN)).toThrow(RangeError);
  });
});
