import type { Tagged } from '../../codec/tagged-value.js';
import { VALUES } from './values.js';

const text = (length: number): Tagged => 'x'.repeat(length);

/** What a cache may be asked to hold, beside what people put into carts. Sizes: where compressors begin (W-40). */
export const ENTRY_VALUES: Readonly<Record<string, Tagged>> = {
  ...VALUES,
  'int of 2^63': { $int: '9223372036854775808' },
  'int below -2^63': { $int: '-9223372036854775809' },
  'list of huge ints': [{ $int: '18446744073709551616' }, { $int: '-9223372036854775809' }, { $int: '9007199254740993' }],
  'list of floats': [{ $float: 'nan' }, { $float: 'inf' }, { $float: '-inf' }, { $float: '-0.0' }, { $float: '1e+16' }],
  'float of 17 digits': { $float: '0.30000000000000004' },
  'lone surrogate': { $str_utf16_units: [97, 55_296, 98] },
  '12 letters': text(12),
  '13 letters': text(13),
  '14 letters': text(14),
  '97 letters': text(97),
  '98 letters': text(98),
  '99 letters': text(99),
  '65535 letters': text(65_535),
  '65536 letters': text(65_536),
  'much noise': noise(20_000),
  'list of 1001': Array.from({ length: 1001 }, (_, index) => ({ $int: String(index) })),
  rows: Array.from({ length: 200 }, (_, index) => ({
    $dict: [
      ['id', { $int: String(index) }],
      ['name', `product ${index}`],
      ['price', { $float: `${index}.5` }],
      ['tags', ['a', null, true]],
    ],
  })),
  deep: deep(60),
  ordereddict: { $ordereddict: [['b', { $int: '1' }], ['a', { $int: '2' }]] }, // prettier-ignore
  bytearray: { $bytearray: '6162' },
  complex: { $complex: ['1.5', '-2.25'] },
  range: { $range: [0, 10, 3] },
  'template fragment': { $object: 'django.utils.safestring.SafeString', str: '<p>hi</p>' },
  'list of bytes': [{ $bytes: '' }, { $bytes: 'ff'.repeat(300) }],
  'dict with mixed keys': { $dict: [[{ $int: '1' }, 'one'], ['two', { $int: '2' }], [null, 'none']] }, // prettier-ignore
  'dict with date keys': { $dict: [[{ $date: '2024-02-29' }, 'leap']] },
  'text with quotes and controls': '"\\\u0000\u0001\b\f\n\r\t\u001f\u007f\u0080\u2028\u2029</script>é茶🍵',
};

/** Hexadecimal digits that no compressor makes much of, the same in each run. */
function noise(bytes: number): Tagged {
  let state = 42;
  let made = '';
  while (made.length < bytes * 2) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    made += state.toString(16).padStart(8, '0');
  }
  return made;
}

function deep(levels: number): Tagged {
  return levels === 0 ? 'bottom' : [{ $dict: [['down', deep(levels - 1)]] }];
}
