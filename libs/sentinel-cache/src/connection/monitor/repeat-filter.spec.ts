import { describe, expect, it } from '@jest/globals';

import { FakeClock } from '../../testing/fake-clock.js';
import { RepeatFilter } from './repeat-filter.js';

function setUp() {
  const clock = new FakeClock();
  const told = new RepeatFilter(clock);
  return { clock, told };
}

describe('RepeatFilter', () => {
  it('takes what three say within seconds for one', () => {
    const { clock, told } = setUp();
    const said = ['s1', 's2', 's3'].map((source) => {
      clock.advance(1100);
      return told.isNews('a is down', source);
    });
    expect(said).toEqual([true, false, false]);
  });

  it('takes what one says again for news, and what the others then repeat for none, however close', () => {
    const { clock, told } = setUp();
    const say = (source: string) => {
      clock.advance(10);
      return told.isNews('a is down', source);
    };
    expect([say('s1'), say('s1'), say('s2'), say('s3'), say('s2'), say('s3'), say('s2')]).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('takes it for news after a while, whoever says it', () => {
    const { clock, told } = setUp();
    expect(told.isNews('a is down', 's1')).toBe(true);
    clock.advance(14_999);
    expect(told.isNews('a is down', 's2')).toBe(false);
    clock.advance(1);
    expect(told.isNews('a is down', 's3')).toBe(true);
  });

  it('a wall clock that is set back or forth changes nothing', () => {
    const { clock, told } = setUp();
    told.isNews('a is down', 's1');
    clock.setWall(0);
    expect(told.isNews('a is down', 's2')).toBe(false);
  });

  it('remembers 512 facts and 16 occurrences of each at most', () => {
    const { told } = setUp();
    for (let i = 0; i < 5000; i += 1) expect(told.isNews(`fact ${i}`, 's1')).toBe(true);
    for (let i = 0; i < 5000; i += 1) expect(told.isNews('storm', 's1')).toBe(true);
    const { facts } = told as unknown as { facts: Map<string, unknown[]> };
    expect(facts.size).toBe(512);
    expect(facts.get('storm')).toHaveLength(16);
  });
});
