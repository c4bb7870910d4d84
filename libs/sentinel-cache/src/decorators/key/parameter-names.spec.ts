import { describe, expect, it } from '@jest/globals';

import { parametersOf } from './parameter-names.js';

// eslint-disable-next-line typescript/no-implied-eval -- a text is what is read
const made = (text: string): Function => new Function(`return ${text}`)() as Function;
/** A method of that text, as JavaScript keeps it. */
const method = (text: string): Function => {
  const { prototype } = made(`class { ${text} }`) as unknown as { prototype: object };
  const key = Reflect.ownKeys(prototype).find((name) => name !== 'constructor')!;
  return (prototype as Record<PropertyKey, Function>)[key]!;
};

describe('the names of parameters', () => {
  it.each<[string, (string | undefined)[]]>([
    ['find() {}', []],
    ['find(id) {}', ['id']],
    ['async find(id, name) { return ")"; }', ['id', 'name']],
    ['async *find(id,) {}', ['id']],
    ['*find(id = 1) {}', ['id']],
    ['find(id = ")", name = "a,b", third = `)${ ")" },`) {}', ['id', 'name', 'third']],
    ['find(id = (1, 2), name = [3, 4], third = { a: 1, b: ")" }) {}', ['id', 'name', 'third']],
    ['find(id = /[),/]\\/,/, name = 4 / 2) {}', ['id', 'name']],
    ['find(id = (a, b) => { return a, b; }, name) {}', ['id', 'name']],
    ['find(/* a, b */ id, // c, d)\n name) {}', ['id', 'name']],
    ['find({ id, name }, [first], third) {}', [undefined, undefined, 'third']],
    ['find({ id } = {}, name) {}', [undefined, 'name']],
    ['find(id, ...rest) {}', ['id', 'rest']],
    ['["fi(nd"](id) {}', ['id']],
    ['"fi(nd"(id) {}', ['id']],
    ['[Symbol.for("(")](id) {}', ['id']],
    ['find($id, _name, größe) {}', ['$id', '_name', 'größe']],
    ['find(\n  id,\n  name,\n) {}', ['id', 'name']],
  ])('of %s', (text, names) => expect(parametersOf(method(text)).names).toEqual(names));

  it('tell whether a call may pass more, and which one holds that', () => {
    expect(parametersOf(method('find(id, ...rest) {}'))).toMatchObject({ takesMore: true, rest: 1 });
    expect(parametersOf(method('find(id) {}'))).toEqual({ names: ['id'], takesMore: false });
    expect(parametersOf(method('find() { return inner.apply(this, arguments); }'))).toEqual({ names: [], takesMore: true });
  });

  it('of an arrow function without brackets around its parameter are not those of what it calls', () => {
    for (const text of ['id => find(name, id)', 'async id => find(name, id)'])
      expect(parametersOf(made(text))).toEqual({ names: ['id'], takesMore: false });
  });

  it('are unknown of what JavaScript keeps no text of', () => {
    for (const none of [Math.max, (() => 1).bind(undefined)]) expect(parametersOf(none)).toEqual({ names: [], takesMore: true });
    expect(
      parametersOf(function (this: unknown, ...args: unknown[]) {
        return args;
      }),
    ).toEqual({ names: ['args'], takesMore: true, rest: 0 });
  });
});
