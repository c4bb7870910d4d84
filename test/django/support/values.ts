import type { Tagged } from '../../codec/tagged-value.js';

/** What people put into carts, and what they should not, as `meta.tagged_legend` of the wire vectors spells it. */
export const VALUES: Readonly<Record<string, Tagged>> = {
  none: null,
  true: true,
  false: false,
  zero: { $int: '0' },
  int: { $int: '42' },
  negative: { $int: '-7' },
  'int past 2^53': { $int: '9007199254740993' },
  'int past 2^64': { $int: '1000000000000000000000000000000' },
  float: { $float: '1.5' },
  'small float': { $float: '5e-324' },
  text: 'tea',
  'text that looks like an int': '42',
  'empty text': '',
  unicode: 'čaj 茶 🍵 \u0000 \u2028 "quoted" \\ é',
  'long text': 'x'.repeat(70_000),
  list: ['tea', { $int: '2' }, null, [true, []]],
  'empty list': [],
  dict: { $dict: [['tea', { $int: '2' }], ['čaj', ['hot']]] }, // prettier-ignore
  'empty dict': { $dict: [] },
  'dict with __proto__': { $dict: [['__proto__', { $int: '1' }], ['constructor', 'x']] }, // prettier-ignore
  nested: { $dict: [['items', [{ $dict: [['sku', 'T-1'], ['prices', [{ $float: '2.5' }, { $int: '3' }]], ['tags', { $dict: [['a', { $dict: [] }]] }]] }]]] }, // prettier-ignore
  tuple: { $tuple: [{ $int: '1' }, 'two', { $tuple: [] }] },
  'list of tuples': [{ $tuple: ['tea', { $int: '2' }] }, { $tuple: ['cake', { $int: '1' }] }],
  'aware datetime': { $datetime: '2024-02-29T12:34:56.789012+00:00' },
  'aware datetime elsewhere': { $datetime: '2024-02-29T12:34:56.789000+05:30' },
  'naive datetime': { $datetime: '2024-02-29T12:34:56.789012' },
  'datetime without fraction': { $datetime: '2024-02-29T12:34:56+00:00' },
  date: { $date: '2024-02-29' },
  time: { $time: '12:34:56.789012' },
  timedelta: { $timedelta: [1, 7384, 5] },
  'negative timedelta': { $timedelta: [-1, 86399, 0] },
  decimal: { $decimal: '12345.6789' },
  uuid: { $uuid: '12345678-1234-5678-1234-567812345678' },
  'dict with int keys': { $dict: [[{ $int: '1' }, 'one'], [{ $int: '2' }, 'two']] }, // prettier-ignore
  set: { $set: ['cake', 'tea'] },
  frozenset: { $frozenset: [{ $int: '1' }, { $int: '2' }] },
  bytes: { $bytes: '00ff10' },
  'dict with tuple keys': { $dict: [[{ $tuple: ['a', { $int: '1' }] }, 'x']] },
  'list with a set': [{ $set: ['x'] }],
};

/** What django-redis' JSON serializer writes (W-23, W-24). */
export const JSON_KNOWS: readonly string[] = Object.keys(VALUES).filter(
  (name) => !['set', 'frozenset', 'bytes', 'dict with tuple keys', 'list with a set'].includes(name),
);
