import { describe, expect, it } from '@jest/globals';
import { FrozenSet } from './frozen-set.js';
import { MAX_DEPTH, isTreeDeeper, shapeProblem } from './nesting.js';

const nestsTooDeep = (value: unknown) => shapeProblem(value)?.includes('deeper') ?? false;

function nested(levels: number, wrap: (inner: unknown) => unknown, core: unknown = 1): unknown {
  let value = core;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

describe('nesting', () => {
  it.each([
    ['arrays', (inner: unknown) => [inner]],
    ['objects', (inner: unknown) => ({ inner })],
    ['Map values', (inner: unknown) => new Map([[1, inner]])],
    ['Map keys', (inner: unknown) => new Map([[inner, 1]])],
    ['sets', (inner: unknown) => new FrozenSet([inner])],
  ])('counts %s', (_name, wrap) => {
    expect(nestsTooDeep(nested(MAX_DEPTH, wrap))).toBe(false);
    expect(nestsTooDeep(nested(MAX_DEPTH + 1, wrap))).toBe(true);
    expect(isTreeDeeper(nested(MAX_DEPTH, wrap), MAX_DEPTH)).toBe(false);
    expect(isTreeDeeper(nested(MAX_DEPTH + 1, wrap), MAX_DEPTH)).toBe(true);
  });

  it('finds the longest way, also where a shorter one is met first', () => {
    const core = nested(600, (inner) => [inner]);
    expect(nestsTooDeep([core, nested(500, (inner) => [inner], core)])).toBe(true);
    expect(nestsTooDeep([core, nested(300, (inner) => [inner], core)])).toBe(false);
  });

  it('walks shared parts once, and through cycles', () => {
    const list: unknown[] = [];
    list.push(list);
    expect(nestsTooDeep(nested(200, (inner) => [inner, inner, inner], list))).toBe(false);
  });

  it('counts shared parts wherever they are met, and nothing else', () => {
    const doubled = (levels: number) => nested(levels, (inner) => [inner, inner]);
    expect(shapeProblem(doubled(20))).toBeUndefined();
    expect(shapeProblem(doubled(900))).toContain('unfold');
    expect(shapeProblem({ a: Array.from({ length: 100_000 }, (_, index) => [index]) })).toBeUndefined();
    const row = { a: 1, b: 2 };
    expect(shapeProblem(Array.from({ length: 100_000 }, () => row))).toBeUndefined();
  });
});
