import { expect, it } from '@jest/globals';

import { KnownVary } from './known-vary.js';

it('what 10 000 addresses vary on is remembered; the one that was stored longest ago goes first', () => {
  const known = new KnownVary();
  for (let i = 0; i < 10_000; i += 1) known.remember(`a${i}`, ['accept']);
  known.remember('a0', ['cookie']);
  known.remember('new', []);
  expect([known.get('a0'), known.get('a1'), known.get('a2'), known.get('new')]).toEqual([['cookie'], undefined, ['accept'], []]);
});
