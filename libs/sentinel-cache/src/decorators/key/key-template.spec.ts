import { describe, expect, it } from '@jest/globals';

import { fillKey, fillTag, readTemplate, type Template, type TemplateNames } from './key-template.js';

const names: TemplateNames = {
  positions: new Map([
    ['id', [0]],
    ['user', [1]],
    ['twice', [0, 1]],
    ['x', [1]],
  ]),
  count: 2,
  hasResult: true,
};
const template = (text: string): Template => {
  const read = readTemplate(text, names);
  if (typeof read === 'string') throw new Error(read);
  return read;
};
const key = (text: string, ...args: unknown[]): string => fillKey(template(text), { args, label: 'Users.find' });
const keyOfResult = (text: string, result: unknown): string => fillKey(template(text), { args: [], result, label: 'Users.find' });

describe('a template', () => {
  it.each<[string, unknown[], string]>([
    ['user:{id}', [7], 'user:7'],
    ['user:{id}', ['7'], 'user:7'],
    ['user:{0}', [7n], 'user:7'],
    ['user:{user.name}', [0, { name: 'Ann' }], 'user:Ann'],
    ['user:{1.address.city}', [0, { address: { city: 'Ulm' } }], 'user:Ulm'],
    ['user:{ id }', [7], 'user:7'],
    ['{{id}}:{id}', [7], '{id}:7'],
    ['all', [7], 'all'],
    ['user:{id}', ['a@b.c/d e-f_g'], 'user:a@b.c/d e-f_g'],
    ['user-{id}', ['c3a1-99'], 'user-c3a1-99'],
    ['user:{id}', [1e-7], 'user:1e-07'],
  ])('%s is filled with %j as it stands', (text, args, expected) => expect(key(text, ...args)).toBe(expected));

  it('takes what the method returned', () => {
    expect(keyOfResult('user:{result.id}', { id: 9 })).toBe('user:9');
    expect(keyOfResult('user:{result}', 9)).toBe('user:9');
  });

  it('gives keys that differ to calls that differ, whatever stands in their texts', () => {
    const texts = [
      '',
      'a',
      ':',
      'a:b',
      '%',
      '%3A',
      'a%3Ab',
      'null',
      '%null',
      '-',
      'a-b',
      'undefined',
      '%undefined',
      'true',
      '{}',
      '%{}',
      '2026-01-01',
    ];
    const values = [...texts, null, undefined, true, false, {}, { a: 1 }, [], ['a'], new Date(0), Buffer.from('a')];
    for (const text of ['{id}:{user}', 'x{id}-{user}', '{user}y{id}z', 'u:{id}:v:{user}:w']) {
      const keys = values.flatMap((id) => values.map((user) => key(text, id, user)));
      expect([text, new Set(keys).size]).toEqual([text, keys.length]);
    }
  });

  it('gives no value the shape of another template with a colon', () => {
    expect(key('user:{id}', '7:posts')).toBe('user:7%3Aposts');
    expect(key('user:{id}:posts', '7')).toBe('user:7:posts');
  });

  it('fills tags with values as they are, as a function of the user would', () => {
    expect(fillTag(template('user:{id}:{user.name}'), { args: ['a:b', { name: 5 }], label: 'Users.find' })).toBe('user:a:b:5');
  });

  it('refuses half a surrogate pair, which no key can hold', () => {
    expect(() => key('user:{id}', '\ud800')).toThrow(expect.objectContaining({ code: 'SENTINEL_CACHE_INVALID_KEY' }));
  });

  it.each([
    ['user:{name}', '{name}, where the parameters are id, user, twice, x'],
    ['user:{2}', '{2}, where the method has 2 parameters'],
    ['user:{}', '{}, which is no name'],
    ['user:{id', 'a single {'],
    ['user:}', 'a single }'],
    ['user:{{id}', 'a single }'],
    ['user:{id}{user}', 'two values side by side'],
    ['user:{twice}', 'names the parameters {0} and {1}'],
    ['user:{x}', 'a name of one letter, as minifiers give them: write {1}'],
    ['user:{id.}', 'which is no name'],
    ['user:{a b}', 'which is no name'],
    ['user:{-1}', 'which is no name'],
  ])('%s is refused: %s', (text, says) => expect(readTemplate(text, names)).toContain(says));

  it('knows no result before the method has returned, unless a parameter is called so', () => {
    expect(readTemplate('{result}', { ...names, hasResult: false })).toContain('{result}, where the parameters are');
    const named = { ...names, positions: new Map([['result', [1]]]), hasResult: false };
    expect(fillKey(readTemplate('{result}', named) as Template, { args: [0, 5], label: 'Users.find' })).toBe('5');
  });
});
