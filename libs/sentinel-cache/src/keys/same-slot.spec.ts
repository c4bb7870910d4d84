import { describe, expect, it } from '@jest/globals';

import { keySlot } from './key-slot.js';
import { inSlotOf } from './same-slot.js';

describe('inSlotOf', () => {
  it('gives names in the slot of the key, whatever braces the key has', () => {
    const strange = ['', '{', '}', '{}', '}{', 'a{}b', 'a{}b{c}', 'a{b', 'a}b', 'a{b}c', '{{a}}', 'ü{ö}ä', '😀', '\0', 'a{b}c{d'];
    const many = Array.from({ length: 20_000 }, (_, i) => `:1:${i % 3 ? '' : '{'}user:${i}${i % 5 ? '' : '}'}`);
    const wrong = [...strange, ...many].filter((key) => keySlot(inSlotOf(key, `${key}\0tags`)) !== keySlot(key));
    expect(wrong).toEqual([]);
  });

  it('gives each key one name, which begins with the stem', () => {
    expect(inSlotOf('k{a}', 'k{a}\0tags')).toBe('k{a}\0tags');
    expect(inSlotOf(':1:k', ':1:k\0tags')).toMatch(/^:1:k\0tags[@-O]{4}$/);
    expect(inSlotOf(':1:k', ':1:k\0tags')).toBe(inSlotOf(':1:k', ':1:k\0tags'));
  });
});
