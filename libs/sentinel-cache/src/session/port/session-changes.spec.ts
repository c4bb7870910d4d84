import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { changesBetween, define as defineField, fieldOf, isChanged, mergeChanges } from './session-changes.js';

const none = new Map();
const define = (data: Record<string, unknown>, name: string, value: unknown) => (defineField(data, name, value), data);

describe('three-way merge of sessions, field by field', () => {
  it('keeps what others did to other fields', () => {
    const mine = changesBetween({ a: 1, b: 1 }, { a: 2, b: 1 }, false);
    expect(mergeChanges({ a: 1, b: 5, c: 6 }, mine, none)).toEqual({ a: 2, b: 5, c: 6 });
  });
  it('for one field this request wins, deleting included', () => {
    expect(mergeChanges({ a: 9 }, changesBetween({ a: 1 }, { a: 2 }, false), none)).toEqual({ a: 2 });
    expect(mergeChanges({ a: 9, b: 1 }, changesBetween({ a: 1, b: 1 }, { b: 1 }, false), none)).toEqual({ b: 1 });
  });
  it('a function decides from their value', () => {
    const mine = changesBetween({ n: 1 }, { n: 2 }, false);
    expect(mergeChanges({ n: 10 }, mine, new Map([['n', [(n: unknown) => (n as number) + 1]]]))).toEqual({ n: 11 });
  });
  it('notices nested changes, dates, maps and sets', () => {
    const before = () => ({ list: [{ a: 1 }], when: new Date(0), map: new Map([[1, 2]]), set: new Set([1]) });
    const after = before();
    expect(isChanged(changesBetween(before(), after, false))).toBe(false);
    after.list[0]!.a = 2;
    after.when.setTime(1);
    after.map.set(1, 3);
    after.set.add(2);
    expect([...changesBetween(before(), after, false).set.keys()]).toEqual(['list', 'when', 'map', 'set']);
  });
  it('clear drops what others did as well', () => {
    expect(mergeChanges({ a: 1, theirs: 2 }, changesBetween({ a: 1 }, { mine: 1 }, true), none)).toEqual({ mine: 1 });
  });
  it('__proto__ is a field like any other', () => {
    const mine = changesBetween({}, JSON.parse('{"__proto__": {"admin": true}}') as object as Record<string, unknown>, false);
    const merged = mergeChanges({}, mine, none);
    expect(Object.hasOwn(merged, '__proto__')).toBe(true);
    expect((merged as { admin?: boolean }).admin).toBeUndefined();
  });
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'a function never gets what every object inherits as %s',
    (name) => {
      const seen: unknown[] = [];
      const note = (current: unknown): unknown => (seen.push(current), 1);
      const mine = changesBetween({}, define({}, name, 1), false);
      const merged = mergeChanges({}, mine, new Map([[name, [note]]]));
      expect([seen, Object.entries(merged), fieldOf({}, name)]).toEqual([[undefined], [[name, 1]], undefined]);
    },
  );
  it('after clear a function starts from nothing, and what is set again stays', () => {
    const add = (n: unknown): unknown => ((n as number | undefined) ?? 0) + 1;
    expect(mergeChanges({ n: 5 }, changesBetween({ n: 5 }, { n: 1 }, true), new Map([['n', [add]]]))).toEqual({ n: 1 });
    expect(mergeChanges({ n: 9, m: 1 }, changesBetween({ n: 5 }, { n: 5 }, true), none)).toEqual({ n: 5 });
  });
  it('merged onto what it began from, it is what the request made of it', () => {
    const fields = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue());
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        expect({ ...mergeChanges(before, changesBetween(before, after, false), none) }).toEqual({ ...after });
      }),
    );
  });
});
