/** What is measured: the rows of each section, and the words by which `--only` names them. */
import { SENTINEL, STANDALONE } from './contenders.mjs';

const rows = (call, value, ...callers) => callers.map((each) => ({ call, value, callers: each }));

/** Sections of calls a second. Those of `quick` rows alone are measured by `--quick`. */
export const SPEED = [
  {
    id: 'standalone',
    set: 'STANDALONE',
    contenders: Object.keys(STANDALONE),
    rows: [
      ...['get', 'set'].flatMap((call) => [
        ...rows(call, '80 B', 1, 10, 100, 1000),
        ...rows(call, '10 KB', 1, 10, 100, 1000),
        ...rows(call, '100 KB', 1, 10, 100),
      ]),
      ...rows('mget', '80 B', 1, 10, 100),
      ...rows('mget', '10 KB', 1, 10),
      ...rows('mget', '100 KB', 1),
    ],
  },
  {
    id: 'sentinel',
    set: 'SENTINEL',
    contenders: Object.keys(SENTINEL),
    rows: [
      ...rows('get', '80 B', 1, 10, 100, 1000),
      ...rows('get', '10 KB', 100),
      ...rows('set', '80 B', 1, 100),
      ...rows('set', '10 KB', 100),
      ...rows('mget', '80 B', 10),
    ],
  },
];

/** Sections of another kind, each with a measurement of its own. */
export const OTHER = ['memory', 'keys', 'waiters', 'large'];

/** The rows of a look that takes a minute. */
export const isQuick = ({ call, value, callers }) =>
  callers === (call === 'mget' ? 10 : 100) ? value !== '100 KB' : callers === 1 && value === '80 B' && call === 'get';

const CALLS = { get: 'get', set: 'set', mget: 'get of 100 keys' };
export const titleOf = ({ call, value, callers }) => `${CALLS[call]}, ${value}, ${callers} caller${callers === 1 ? '' : 's'}`;

const word = (text) => String(text).replaceAll(' ', '');
const wordsOf = ({ call, value, callers }) => ({ call, value: word(value), callers: `c=${callers}` });

const every = SPEED.flatMap((section) => section.rows.map(wordsOf));
/** The words of `--only`, by what they are about. */
export const WORDS = {
  section: [...SPEED.map(({ id }) => id), ...OTHER],
  contender: [...new Set([...Object.keys(STANDALONE), ...Object.keys(SENTINEL)])].map((name) => name.replaceAll(' ', '-')),
  call: [...new Set(every.map(({ call }) => call))],
  value: [...new Set(every.map(({ value }) => value))],
  callers: [...new Set(every.map(({ callers }) => callers))],
};

/**
 * What `--only` lets through: words about one thing are alternatives, words about different things have to hold together. Throws with all words
 * when it knows one of them not.
 */
export function filterOf(only = '') {
  const asked = Object.fromEntries(Object.keys(WORDS).map((about) => [about, []]));
  for (const term of only.split(',').filter(Boolean)) {
    const about = Object.keys(WORDS).find((kind) => WORDS[kind].includes(term));
    if (!about)
      throw new Error(`--only ${term}: expected some of ${Object.values(WORDS).flat().join(' ')}, with commas in between.`);
    asked[about].push(term);
  }
  const allows = (about, term) => asked[about].length === 0 || asked[about].includes(term);
  const asksForRows = ['call', 'value', 'callers'].some((about) => asked[about].length > 0);
  return {
    section: (id) => allows('section', id) && (asked.section.includes(id) || SPEED.some((one) => one.id === id) || !asksForRows),
    contender: (name) => allows('contender', name.replaceAll(' ', '-')),
    row: (row) => Object.entries(wordsOf(row)).every(([about, term]) => allows(about, term)),
  };
}
