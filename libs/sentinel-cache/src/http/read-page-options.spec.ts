import { describe, expect, it } from '@jest/globals';

import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import type { PageEviction } from './page-options.js';
import { bytesOf, readEviction } from './read-page-options.js';

describe('which pages Pages.evict drops', () => {
  it.each<[PageEviction, string[], string[]]>([
    [{ tags: 'a' }, ['a'], []],
    [{ tags: ['a', 'b'] }, ['a', 'b'], []],
    [{ tags: [] }, [], []],
    [{ path: '/' }, [], ['/']],
    [{ tags: ['a'], path: ['/a', '/b?c'] }, ['a'], ['/a', '/b?c']],
  ])('%j', (what, tags, paths) => {
    expect(readEviction(what)).toEqual({ tags, paths });
  });

  it.each([
    [undefined, 'an object'],
    [null, 'an object'],
    ['catalogue', 'an object'],
    [[], 'got neither'],
    [{}, 'got neither'],
    [{ tags: undefined }, 'got neither'],
    [{ tag: 'a' }, 'Pages.evict.tag: expected one of tags, path'],
    [{ paths: '/a' }, 'Pages.evict.paths'],
    [{ tags: 7 }, 'Pages.evict.tags'],
    [{ tags: '' }, 'Pages.evict.tags'],
    [{ tags: ['a', ''] }, 'Pages.evict.tags'],
    [{ tags: ['a', null] }, 'Pages.evict.tags'],
    [{ tags: [['a']] }, 'Pages.evict.tags'],
    [{ tags: { 0: 'a' } }, 'Pages.evict.tags'],
    [{ tags: Array.from({ length: 1001 }, (_, i) => `t${i}`) }, 'up to 1000'],
    [{ path: 5 }, 'Pages.evict.path'],
    [{ path: '' }, 'Pages.evict.path'],
    [{ path: 'catalogue' }, "begins with '/'"],
    [{ path: 'https://shop.example/a' }, "begins with '/'"],
    [{ path: ['/a', null] }, 'Pages.evict.path'],
    [{ path: Array.from({ length: 1001 }, () => '/a') }, 'up to 1000'],
  ])('refuses %j by name', (what, problem) => {
    expect(() => readEviction(what as PageEviction)).toThrow(InvalidArgumentError);
    expect(() => readEviction(what as PageEviction)).toThrow(problem);
  });
});

describe('the size of a body', () => {
  it.each([
    ['64mb', 67_108_864],
    [67_108_864, 67_108_864],
    [67_108_865, undefined],
    ['64.001mb', undefined],
    ['1gb', undefined],
  ])('%j is %p bytes: 64 MB is the most', (size, bytes) => {
    expect(bytesOf(size)).toBe(bytes);
  });
});
