import { describe, expect, it } from '@jest/globals';

import { COST, DecodeBudget } from '../../budget/decode-budget.js';
import { countJson } from './json-cost.js';

/** A reply whose values before this one were long enough that each byte is looked at. */
function costOf(text: string): number {
  const budget = new DecodeBudget();
  budget.follow({ at: 2_000_000 });
  budget.nextValue();
  countJson({ text, bytes: Buffer.from(text) }, budget, 'native');
  return budget.mark();
}

const LIST = COST.list + 2 * COST.item;
const NEW_KEY = COST.newField + COST.text + 1 + COST.field;
const LONG = 'x'.repeat(5000);

describe('what a JSON text costs', () => {
  it.each([
    ['""', COST.text],
    ['"abc"', COST.text + 3],
    [`"${LONG}"`, COST.text + 5000],
    [String.raw`"a\"b\\"`, COST.text + 4],
    [String.raw`"${LONG}\"${LONG}\n"`, COST.text + 10_002],
    [String.raw`"\u0041\u00e9"`, COST.text + 2],
    [String.raw`"a\u4e2d"`, COST.text + 2 * 2],
    ['"中文"', COST.text + 2 * 2],
    ['"😀"', COST.text + 2 * 2],
    [`"${LONG}中"`, COST.text + 2 * 5001],
    [`["中", "${LONG}"]`, LIST + COST.slot + COST.text + 2 + COST.text + 5000],
    ['[1, 2, 3]', LIST + 2 * COST.slot],
    ['[1.5, 1234567890]', LIST + COST.slot + COST.number + 1 + COST.number + 5],
    ['[1e116]', LIST],
    ['{}', COST.dict],
    ['{"a": "b"}', COST.dict + NEW_KEY + COST.text + 1],
    ['{"a": "a"}', COST.dict + NEW_KEY + COST.text + 1],
    ['[{}, "a"]', LIST + COST.slot + COST.dict + COST.text + 1],
    ['[[], "a"]', 2 * LIST + COST.slot + COST.text + 1],
    ['{"a": {}, "b": 1}', 2 * COST.dict + 2 * NEW_KEY],
    ['{"a": [1, "b"]}', COST.dict + NEW_KEY + LIST + COST.slot + COST.text + 1],
    ['[{"a": 1}, {"a": 2}]', LIST + COST.slot + 2 * COST.dict + NEW_KEY + COST.field],
    [String.raw`[{"a\"": 1}, {"a\"": 2}]`, LIST + COST.slot + 2 * COST.dict + NEW_KEY + 2 + COST.field],
  ])('%.40s', (text, cost) => {
    expect(costOf(text)).toBe(cost);
  });

  it('a character of Latin-1 costs at most what it takes in UTF-8', () => {
    expect(costOf('"é"')).toBeGreaterThanOrEqual(COST.text + 1);
    expect(costOf('"é"')).toBeLessThanOrEqual(COST.text + 2);
  });

  it.each(['"', '"\\', '"a\\u', '{"a', '[{"a":', ']', '}', '"\\"', `"${LONG}`, '{"a":1},"b"'])(
    'damaged text ends: %.20s',
    (text) => {
      expect(costOf(text)).toBeGreaterThanOrEqual(0);
    },
  );
});
