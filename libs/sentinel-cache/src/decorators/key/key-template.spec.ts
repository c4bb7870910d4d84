import { describe, expect, it } from '@jest/globals';

import { tagOfText } from '../../keys/tag-names.js';
import { fillKey, fillPath, fillTag, readTemplate, type Template, type TemplateNames } from './key-template.js';

const names: TemplateNames = {
  positions: new Map([
    ['id', [0]],
    ['user', [1]],
    ['twice', [0, 1]],
    ['x', [1]],
  ]),
  count: 2,
  rest: undefined,
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
      '\ud800',
      '\udc00',
      '%uD800',
      '\0',
      '%00',
      '\0a',
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

  it('writes what some keys may not hold with percent signs: a NUL, and half a surrogate pair', () => {
    expect(key('user:{id}', '\ud800')).toBe('user:%uD800');
    expect(key('user:{id}', 'a\0lease')).toBe('user:a%00lease');
    expect(key('user:{id}', { a: '\udc00' })).toBe('user:%{"a"%3A"\\udc00"}');
  });

  it.each(['a'.repeat(251), 'é'.repeat(126), '', '\ud800', '\udc00', 'x\ud800', 'y'.repeat(100_000)])(
    'makes a tag of %j that a cache takes: its digest, one for each text',
    (text) => {
      const tagOf = (value: string) => fillTag(template('{id}'), { args: [value], label: 'Users.find' });
      expect(tagOf(text)).toMatch(/^sha256-[\da-f]{64}$/);
      expect(tagOf(`${text}z`)).not.toBe(tagOf(text));
      expect(tagOf('\ud801')).not.toBe(tagOf(text));
      expect(tagOf(text)).toBe(tagOfText(text));
    },
  );

  it('leaves a tag of 250 bytes as it is', () => {
    const text = 'a'.repeat(245);
    expect(fillTag(template('user-{id}'), { args: [text], label: 'Users.find' })).toBe(`user-${text}`);
  });

  it.each<[unknown, string]>([
    ['a b', '/items/a%20b/parts'],
    ['a/b?c#d', '/items/a%2Fb%3Fc%23d/parts'],
    ['50%', '/items/50%25/parts'],
    ['\ud800', '/items/%EF%BF%BD/parts'],
    [7, '/items/7/parts'],
    [null, '/items/null/parts'],
  ])('fills a path with %j as an address has it', (value, path) =>
    expect(fillPath(template('/items/{id}/parts'), { args: [value], label: 'Users.find' })).toBe(path),
  );

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

  it('takes all arguments of a rest parameter by its name, and one by its position', () => {
    const positions = new Map([
      ['first', [0]],
      ['ids', [1]],
    ]);
    const rest = { positions, count: undefined, rest: 'ids', hasResult: false };
    const filled = (text: string, ...args: unknown[]) =>
      fillKey(readTemplate(text, rest) as Template, { args, label: 'Users.find' });
    const calls = [['a'], ['a', 1], ['a', 1, 2], ['a', 1, 3], ['a', '1,2'], ['a', [1, 2]]];
    expect(new Set(calls.map((args) => filled('{first}:{ids}', ...args))).size).toBe(calls.length);
    expect([filled('{ids.1}', 'a', 1, 2), filled('{2}', 'a', 1, 2), filled('{ids}', 'a', 1, 2)]).toEqual(['2', '2', '%[1,2]']);
  });

  it('knows no result before the method has returned, unless a parameter is called so', () => {
    expect(readTemplate('{result}', { ...names, hasResult: false })).toContain('{result}, where the parameters are');
    const named = { ...names, positions: new Map([['result', [1]]]), hasResult: false };
    expect(fillKey(readTemplate('{result}', named) as Template, { args: [0, 5], label: 'Users.find' })).toBe('5');
  });
});
