import { describe, expect, it } from '@jest/globals';

import { keySlot } from './key-slot.js';

describe('the slot of a key', () => {
  // The check value of the specification, and what CLUSTER KEYSLOT answers; test/cluster compares thousands
  // with it.
  it.each([
    ['123456789', 0x31c3],
    ['foo', 12_182],
    ['', 0],
  ])('of %j is %d', (key, slot) => {
    expect(keySlot(key)).toBe(slot);
  });

  it('looks at what stands in the first braces alone, if anything stands there', () => {
    expect(keySlot('{user1000}.following')).toBe(keySlot('user1000'));
    expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'));
    expect(keySlot('foo{{bar}}zap')).toBe(keySlot('{bar'));
    expect(keySlot('foo{}{bar}')).not.toBe(keySlot('bar'));
    expect(keySlot('foo{bar')).not.toBe(keySlot('bar'));
    expect(keySlot('}{a}')).toBe(keySlot('a'));
  });

  it('takes text as UTF-8', () => {
    expect(keySlot('schlüssel')).toBe(keySlot(Buffer.from('schlüssel')));
  });
});
