import { expect, it } from '@jest/globals';

import { Sampler } from './sampler.js';

it('has the rate, the median and the 99th percentile of what succeeded, and what was refused apart', () => {
  const sampler = new Sampler();
  for (let i = 1; i <= 100; i += 1) sampler.note(i, false);
  for (let i = 0; i < 3; i += 1) sampler.note(500, true);
  expect(sampler.take(7, 500)).toEqual({ atMs: 7, operations: 200, p50Ms: 50, p99Ms: 99, refused: 6 });
});

it('has no percentile of nothing, and begins anew with each sample', () => {
  const sampler = new Sampler();
  sampler.note(3, false);
  expect(sampler.take(1, 1000)).toMatchObject({ operations: 1, p50Ms: 3, p99Ms: 3 });
  expect(sampler.take(2, 1000)).toEqual({ atMs: 2, operations: 0, p50Ms: null, p99Ms: null, refused: 0 });
});
