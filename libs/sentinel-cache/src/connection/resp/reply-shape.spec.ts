import { describe, expect, it } from '@jest/globals';

import { ErrorReply } from './reply.js';
import {
  BYTES,
  COUNT,
  countUpTo,
  describeReply,
  exactly,
  FLAG,
  INTEGER,
  listOf,
  OK,
  orNull,
  pageOf,
  pairsOf,
  PONG,
  REMAINING_MS,
  SCORE_TEXT,
  STRINGS,
  textOf,
  tupleOf,
  unsigned64,
  WHOLE_NUMBER_TEXT,
  type ReplyShape,
} from './reply-shape.js';

const b = (text: string): Buffer => Buffer.from(text);

/** One reply of each kind that a server can send. */
const REPLIES: readonly unknown[] = [
  null,
  b(''),
  b('OK'),
  b('PONG'),
  b('text'),
  b('-7'),
  b('1.5'),
  0,
  1,
  2,
  -1,
  -2,
  -3,
  1.5,
  Number.NaN,
  Infinity,
  2n ** 60n,
  -(2n ** 60n),
  true,
  new ErrorReply('inside'),
  [],
  [null],
  [b('a')],
  [b('a'), b('1')],
  [1, 0],
  [[]],
  [new ErrorReply('inside')],
  [b('0'), []],
  [b('5'), [b('k')]],
  { a: 1 },
  undefined,
];
const fitting = ({ fits }: ReplyShape): unknown[] => REPLIES.filter((reply) => fits(reply));

describe('what a command answers', () => {
  it.each<[string, ReplyShape, unknown[]]>([
    ['OK', OK, [b('OK')]],
    ['PONG', PONG, [b('PONG')]],
    ['a string', BYTES, [b(''), b('OK'), b('PONG'), b('text'), b('-7'), b('1.5')]],
    ['a string or null', orNull(BYTES), [null, b(''), b('OK'), b('PONG'), b('text'), b('-7'), b('1.5')]],
    ['0 or 1', FLAG, [0, 1]],
    ['a count', COUNT, [0, 1, 2]],
    ['a count up to 1', countUpTo(1), [0, 1]],
    ['exactly 2', exactly(2), [2]],
    ['an integer', INTEGER, [0, 1, 2, -1, -2, -3, 2n ** 60n, -(2n ** 60n)]],
    ['what is left of a life', REMAINING_MS, [0, 1, 2, -1, -2, 2n ** 60n]],
    ['the text of a whole number', WHOLE_NUMBER_TEXT, [b('-7')]],
    ['the text of a score', SCORE_TEXT, [b('-7'), b('1.5')]],
    ['a list of strings', STRINGS, [[], [b('a')], [b('a'), b('1')]]],
    ['two strings', listOf(BYTES, { exactly: 2 }), [[b('a'), b('1')]]],
    ['at most one string', listOf(BYTES, { most: 1 }), [[], [b('a')]]],
    ['pairs', pairsOf(SCORE_TEXT), [[], [b('a'), b('1')]]],
    ['no pairs', pairsOf(BYTES, 0), [[]]],
    ['a pair of its own', tupleOf(INTEGER, FLAG), [[1, 0]]],
    [
      'a page of a scan',
      pageOf(STRINGS),
      [
        [b('0'), []],
        [b('5'), [b('k')]],
      ],
    ],
  ])('%s is that, and nothing else', (_what, shape, expected) => {
    expect(fitting(shape)).toEqual(expected);
  });

  it.each(['', 'x', '-1', '1.5', '00', '01', '18446744073709551616', '99999999999999999999999', ' 1', '1e3'])(
    'a cursor is a decimal number of 64 bits, and %j is none',
    (cursor) => expect(pageOf(STRINGS).fits([b(cursor), []])).toBe(false),
  );

  it('a cursor goes up to 2^64 - 1', () => {
    expect(pageOf(STRINGS).fits([b('18446744073709551615'), []])).toBe(true);
    expect(unsigned64('18446744073709551615')).toBe(2n ** 64n - 1n);
  });

  it.each(['inf', '-inf', '3', '-1.5', '1e+300', '1.7976931348623157e+308', '5e-324'])('a score may be %s', (score) => {
    expect(SCORE_TEXT.fits(b(score))).toBe(true);
  });

  it.each(['nan', '-nan', '', '0x10', '1,5', 'Infinity ', '1e', '--1'])('a score is not %j', (score) => {
    expect(SCORE_TEXT.fits(b(score))).toBe(false);
  });

  it('a reply is described by its kind and size, never by its contents', () => {
    const words = REPLIES.map(describeReply).join(' ');
    for (const secret of ['OK', 'PONG', '-7', '1.5']) expect(words).not.toContain(secret);
    expect(describeReply([1, 2, 3])).toBe('a list of 3');
    expect(describeReply(b('secret'))).toBe('text of 6 bytes');
  });

  it('nested lists have no text: to write it down could exhaust the stack', () => {
    let nested: unknown = [];
    for (let i = 0; i < 100_000; i += 1) nested = [nested];
    expect([textOf(nested), textOf({}), textOf(null), textOf(b('a')), textOf(7)]).toEqual([
      undefined,
      undefined,
      undefined,
      'a',
      '7',
    ]);
  });
});
