import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.js';
import { MemoryLocks } from './memory-locks.js';
import { MemoryStore } from './memory-store.js';

function setUp() {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxEntries: 10, cullFrequency: 3, clock });
  return { clock, store, locks: new MemoryLocks(store) };
}

describe('MemoryLocks', () => {
  it('A-58: lets one in until its life is over, and then the next', async () => {
    const { clock, locks } = setUp();
    expect([await locks.claim('l', 'a', 100), await locks.claim('l', 'b', 100)]).toEqual([true, false]);
    clock.advance(99);
    expect([await locks.holds('l', 'a'), await locks.claim('l', 'b', 100)]).toEqual([true, false]);
    clock.advance(1);
    expect([await locks.holds('l', 'a'), await locks.isTaken('l'), await locks.claim('l', 'b', 100)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([await locks.drop('l', 'a'), await locks.renew('l', 'a', 5, 'add'), await locks.drop('l', 'b')]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('A-58: renew replaces what is left or adds to it; for ever stays for ever', async () => {
    const { clock, store, locks } = setUp();
    const left = (key: string): unknown => store.lifeOf(store.peek(key)!);
    await locks.claim('l', 'a', 100);
    clock.advance(40);
    expect([await locks.renew('l', 'a', 100, 'add'), left('l')]).toEqual([true, 160]);
    expect([await locks.renew('l', 'a', 100, 'replace'), left('l')]).toEqual([true, 100]);
    await locks.claim('m', 'a', 'forever');
    expect([await locks.renew('m', 'a', 100, 'add'), left('m')]).toEqual([true, 'forever']);
  });
});
