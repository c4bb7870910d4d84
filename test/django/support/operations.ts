import type { SentinelCache } from 'nestjs-sentinel-cache';
import type { Tagged } from '../../codec/tagged-value.js';

/** One call as Django spells it and as we do. */
export interface Operation {
  readonly name: string;
  /** The statements it proves. */
  readonly proves: string;
  readonly method: string;
  /** After the key. */
  readonly args?: readonly Tagged[];
  readonly kwargs?: Readonly<Record<string, Tagged>>;
  /** undefined: there was none. */
  readonly ours: (cache: SentinelCache, key: string) => Promise<unknown>;
  /** States in which the two differ on purpose, and why. */
  readonly apart?: Readonly<Record<string, string>>;
  /** States in which Django leaves what we leave, and answers something else. */
  readonly answersApart?: Readonly<Record<string, string>>;
}

const int = (value: number): Tagged => ({ $int: String(value) });
const ROUNDED = "a sum that needs more than 53 bits goes through Lua's float in django-redis; what is stored is exact";
const NOT_WHOLE = 'django-redis adds in Python, not atomic; here only whole numbers are counted (A-26)';
const FALLS_BACK = { 'a float': NOT_WHOLE, True: NOT_WHOLE };
const NONE_IS_MISSING = 'a stored None is an entry here, and no entry for django-redis (A-29)';

/** Everything that makes, asks or changes one entry. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'get', proves: 'A-20', method: 'get', args: [], ours: (cache, key) => cache.get(key) },
  {
    name: 'get with a default',
    proves: 'A-20',
    method: 'get',
    args: ['else'],
    ours: (cache, key) => cache.get(key, { default: 'else' }),
  },
  { name: 'set', proves: 'A-10', method: 'set', args: ['new', int(50)], ours: (cache, key) => cache.set(key, 'new', 50) },
  { name: 'set for ever', proves: 'A-10', method: 'set', args: ['new', null], ours: (cache, key) => cache.set(key, 'new', null) },
  { name: 'set with the default', proves: 'A-10', method: 'set', args: ['new'], ours: (cache, key) => cache.set(key, 'new') },
  {
    name: 'set for 1.5 s',
    proves: 'A-11',
    method: 'set',
    args: ['new', { $float: '1.5' }],
    ours: (cache, key) => cache.set(key, 'new', 1.5),
  },
  { name: 'set for 0', proves: 'A-12', method: 'set', args: ['new', int(0)], ours: (cache, key) => cache.set(key, 'new', 0) },
  { name: 'set for -1', proves: 'A-12', method: 'set', args: ['new', int(-1)], ours: (cache, key) => cache.set(key, 'new', -1) },
  { name: 'set nx', proves: 'A-53', method: 'set', args: ['new', int(50)], kwargs: { nx: true }, ours: (cache, key) => cache.set(key, 'new', 50, { nx: true }) }, // prettier-ignore
  { name: 'set xx', proves: 'A-53', method: 'set', args: ['new', int(50)], kwargs: { xx: true }, ours: (cache, key) => cache.set(key, 'new', 50, { xx: true }) }, // prettier-ignore
  { name: 'set nx for 0', proves: 'A-12', method: 'set', args: ['new', int(0)], kwargs: { nx: true }, ours: (cache, key) => cache.set(key, 'new', 0, { nx: true }) }, // prettier-ignore
  { name: 'add', proves: 'A-12', method: 'add', args: ['new', int(50)], ours: (cache, key) => cache.add(key, 'new', 50) },
  { name: 'add for 0', proves: 'A-12', method: 'add', args: ['new', int(0)], ours: (cache, key) => cache.add(key, 'new', 0) },
  {
    name: 'get_or_set',
    proves: 'A-20',
    method: 'get_or_set',
    args: ['new', int(50)],
    ours: (cache, key) => cache.getOrSet(key, 'new', 50),
  },
  {
    name: 'get_or_set for 0',
    proves: 'A-20',
    method: 'get_or_set',
    args: ['new', int(0)],
    ours: (cache, key) => cache.getOrSet(key, 'new', 0),
  },
  { name: 'has_key', proves: 'A-10', method: 'has_key', ours: (cache, key) => cache.has(key) },
  { name: 'delete', proves: 'A-10', method: 'delete', ours: (cache, key) => cache.delete(key) },
  { name: 'touch', proves: 'A-21', method: 'touch', args: [int(50)], ours: (cache, key) => cache.touch(key, 50) },
  { name: 'touch with the default', proves: 'A-21', method: 'touch', ours: (cache, key) => cache.touch(key) },
  { name: 'touch for ever', proves: 'A-21', method: 'touch', args: [null], ours: (cache, key) => cache.touch(key, null) },
  { name: 'touch for 0', proves: 'A-21', method: 'touch', args: [int(0)], ours: (cache, key) => cache.touch(key, 0) },
  { name: 'touch for -5', proves: 'A-21', method: 'touch', args: [int(-5)], ours: (cache, key) => cache.touch(key, -5) },
  { name: 'ttl', proves: 'A-50', method: 'ttl', ours: (cache, key) => cache.ttl(key) },
  { name: 'persist', proves: 'A-51', method: 'persist', ours: (cache, key) => cache.persist(key) },
  { name: 'expire', proves: 'A-51', method: 'expire', args: [int(50)], ours: (cache, key) => cache.expire(key, 50) },
  { name: 'expire for 0', proves: 'A-51', method: 'expire', args: [int(0)], ours: (cache, key) => cache.expire(key, 0) },
  { name: 'pexpire', proves: 'A-51', method: 'pexpire', args: [int(50_500)], ours: (cache, key) => cache.pexpire(key, 50_500) },
  {
    name: 'expire_at',
    proves: 'A-52',
    method: 'expire_at',
    args: [int(4_000_000_000)],
    ours: (cache, key) => cache.expireAt(key, 4_000_000_000),
  },
  { name: 'expire_at the past', proves: 'A-52', method: 'expire_at', args: [int(1_000_000_000)], ours: (cache, key) => cache.expireAt(key, 1_000_000_000) }, // prettier-ignore
  { name: 'expire_at a datetime', proves: 'A-52', method: 'expire_at', args: [{ $datetime: '2090-01-01T00:00:00+00:00' }], ours: (cache, key) => cache.expireAt(key, new Date('2090-01-01T00:00:00Z')) }, // prettier-ignore
  { name: 'pexpire_at', proves: 'A-52', method: 'pexpire_at', args: [int(4_000_000_000_500)], ours: (cache, key) => cache.pexpireAt(key, 4_000_000_000_500) }, // prettier-ignore
  {
    name: 'incr_version',
    proves: 'A-29',
    method: 'incr_version',
    ours: (cache, key) => cache.incrVersion(key),
    apart: { None: NONE_IS_MISSING },
  },
  { name: 'incr_version by 2', proves: 'A-29', method: 'incr_version', args: [int(2)], ours: (cache, key) => cache.incrVersion(key, 2), apart: { None: NONE_IS_MISSING } }, // prettier-ignore
  {
    name: 'decr_version',
    proves: 'A-29',
    method: 'decr_version',
    ours: (cache, key) => cache.decrVersion(key),
    apart: { None: NONE_IS_MISSING },
  },
  {
    name: 'incr',
    proves: 'A-25, A-26',
    method: 'incr',
    ours: (cache, key) => cache.incr(key, 1n),
    answersApart: { 'a number of -2^63': ROUNDED },
    apart: FALLS_BACK,
  },
  {
    name: 'incr by -5',
    proves: 'A-25, A-26, A-30',
    method: 'incr',
    args: [int(-5)],
    ours: (cache, key) => cache.incr(key, -5n),
    answersApart: { 'a number of 2^63 - 1': ROUNDED },
    apart: FALLS_BACK,
  },
  {
    name: 'decr by 100',
    proves: 'A-25, A-26, A-30',
    method: 'decr',
    args: [int(100)],
    ours: (cache, key) => cache.decr(key, 100n),
    answersApart: { 'a number of 2^63 - 1': ROUNDED },
    apart: FALLS_BACK,
  },
];

/** What an operation may find: the value and its timeout. */
export const STATES: Readonly<Record<string, { readonly value: Tagged; readonly timeout: number | null } | undefined>> = {
  missing: undefined,
  'a mortal number': { value: int(7), timeout: 100 },
  'an immortal number': { value: int(7), timeout: null },
  'a number of 2^63 - 1': { value: { $int: '9223372036854775807' }, timeout: 100 },
  'a number of -2^63': { value: { $int: '-9223372036854775808' }, timeout: null },
  text: { value: 'old', timeout: 100 },
  None: { value: null, timeout: 100 },
  'a float': { value: { $float: '1.5' }, timeout: 100 },
  True: { value: true, timeout: null },
};
