import { expect, it } from '@jest/globals';

import { KnownVary, merged } from './known-vary.js';

it('what 10 000 addresses vary on is remembered; the one that was stored longest ago goes first', () => {
  const known = new KnownVary();
  for (let i = 0; i < 10_000; i += 1) known.remember(`a${i}`, ['accept']);
  known.remember('a0', ['cookie']);
  known.remember('new', []);
  expect([known.get('a0'), known.get('a1'), known.get('a2'), known.get('new')]).toEqual([['cookie'], undefined, ['accept'], []]);
});

it('lists of names are put together in one order, up to 16 of them; more leave the first list as it is', () => {
  const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `x-${from + i}`);
  expect(merged(['b', 'c'], ['a', 'b'])).toEqual(['a', 'b', 'c']);
  expect(merged(names(10, 20), names(20, 26))).toEqual(names(10, 26));
  expect(merged(names(10, 20), names(20, 27))).toEqual(names(10, 20));
});
