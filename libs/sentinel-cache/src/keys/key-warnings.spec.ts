import { describe, expect, it } from '@jest/globals';
import { problemsOf, warningOfKeys } from './key-warnings.js';
import { makeKey } from './make-key.js';

const LONG = 'longer than 250 characters';
const SIGNS = 'with spaces or control characters';

describe('problemsOf', () => {
  it.each([
    [':1:plain', []],
    [`:1:${'k'.repeat(247)}`, []],
    [`:1:${'k'.repeat(248)}`, [LONG]],
    [`:1:${'🔑'.repeat(247)}`, []],
    [`:1:${'🔑'.repeat(248)}`, [LONG]],
    [`:1:${'ü'.repeat(247)}`, []],
    [':1:a b', [SIGNS]],
    [':1:a\n', [SIGNS]],
    [':1:\0', [SIGNS]],
    [':1:\x7f', [SIGNS]],
    [':1:!~\x80\u2028ü', []],
    [`:1:a b${'k'.repeat(250)}`, [LONG, SIGNS]],
  ])('A-3: knows what Django warns of: %j', (key, problems) => {
    expect(problemsOf(key)).toEqual(problems);
  });
});

describe('warningOfKeys', () => {
  it('A-3: tells of each problem once, refuses nothing and changes nothing', () => {
    const told: string[] = [];
    const keyFunction = warningOfKeys(makeKey, (problem) => told.push(problem));
    for (let round = 0; round < 1000; round += 1) {
      expect(keyFunction(`a b ${round}`, '', '1')).toBe(`:1:a b ${round}`);
      keyFunction('k'.repeat(300), '', '1');
    }
    expect(told).toEqual([SIGNS, LONG]);
  });
});
