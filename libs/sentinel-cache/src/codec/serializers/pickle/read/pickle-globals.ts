import { COST } from '../../../budget/decode-budget.js';
import { ByteArray } from '../../../values/byte-array.js';
import { Complex } from '../../../values/complex.js';
import { Decimal } from '../../../values/decimal.js';
import { ELLIPSIS } from '../../../values/ellipsis.js';
import { FrozenSet } from '../../../values/frozen-set.js';
import { HERD_MARKER } from '../../../values/herd-marker.js';
import { kindOf } from '../../../values/kind.js';
import { OrderedDict } from '../../../values/ordered-dict.js';
import { PythonRange } from '../../../values/python-range.js';
import { SafeString } from '../../../values/safe-string.js';
import { Timedelta } from '../../../values/timedelta.js';
import { Timezone } from '../../../values/timezone.js';
import { Uuid } from '../../../values/uuid.js';
import { decodeDate, decodeDatetime, decodeTime } from '../scalars/pickle-moments.js';
import type { PickleScope } from './pickle-scope.js';

type Arguments = readonly unknown[];

/** A name that a pickle may mention: a pure constructor of ours, never Python's own. */
export class PickleGlobal {
  constructor(
    readonly name: string,
    private readonly build: (args: Arguments, scope: PickleScope) => unknown,
    private readonly cost: number = COST.instance,
  ) {}

  /**
   * Makes the value, and pays for it. Throws a RangeError for wrong arguments, an OverBudget beyond the
   * budget.
   */
  call(args: Arguments, scope: PickleScope): unknown {
    scope.budget.spend(this.cost);
    return this.build(args, scope);
  }
}

function wrong(): never {
  throw new RangeError('a constructor is given the wrong arguments');
}

function bytes(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : wrong();
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : wrong();
}

function counted(value: unknown, scope: PickleScope): string {
  const source = text(value);
  scope.spend(source.length);
  return source;
}

function integer(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrong();
}

function whole(value: unknown): number | bigint {
  return typeof value === 'bigint' ? value : integer(value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : wrong();
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : wrong();
}

function optionalZone(value: unknown): Timezone | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' && kindOf(value) === 'timezone' ? (value as Timezone) : wrong();
}

function timedelta(value: unknown): Timedelta {
  return typeof value === 'object' && value !== null && kindOf(value) === 'timedelta' ? (value as Timedelta) : wrong();
}

const LATIN1 = /^(?:latin-?1|iso-?8859-?1)$/;

/** Protocols 0 to 2 have no bytes: they are text, a character a byte. */
function latin1(args: Arguments, scope: PickleScope): Buffer {
  const source = counted(args[0], scope);
  scope.budget.spend(COST.bytes);
  if (!LATIN1.test(text(args[1])) || /[^\x00-\xff]/.test(source)) wrong();
  return Buffer.from(source, 'latin1');
}

function byteArray(args: Arguments, scope: PickleScope): ByteArray {
  if (args.length === 0) return new ByteArray(0);
  const source = args.length === 1 ? bytes(args[0]) : latin1(args, scope);
  scope.spend(source.length);
  return new ByteArray(source);
}

function newSet(items: readonly unknown[], scope: PickleScope): Set<unknown> {
  scope.spend(items.length);
  const set = new Set<unknown>();
  scope.fillSet(items, (item) => set.add(item), set);
  return set;
}

/** Makes a frozenset of hashable items. Throws a RangeError for others, an OverBudget beyond the budget. */
export function newFrozenSet(items: readonly unknown[], scope: PickleScope): FrozenSet {
  return new FrozenSet(newSet(items, scope));
}

function noArguments(args: Arguments): void {
  if (args.length !== 0) wrong();
}

const ZONE_INFO = new PickleGlobal('zoneinfo.ZoneInfo', (args, scope) => scope.zone(text(args[0])));
const OBJECT = new PickleGlobal('builtins.object', wrong);

const BUILDERS: Readonly<Record<string, (args: Arguments, scope: PickleScope) => unknown>> = {
  'datetime.datetime': (args, scope) => decodeDatetime(bytes(args[0]), optionalZone(args[1]), scope.budget),
  'datetime.date': (args) => decodeDate(bytes(args[0])),
  'datetime.time': (args) => decodeTime(bytes(args[0]), optionalZone(args[1])),
  'datetime.timedelta': (args) => new Timedelta(integer(args[0]), integer(args[1] ?? 0), integer(args[2] ?? 0)),
  'datetime.timezone': (args) => Timezone.fixed(timedelta(args[0]), args[1] === undefined ? undefined : text(args[1])),
  'decimal.Decimal': (args, scope) => new Decimal(counted(args[0], scope)),
  'uuid.UUID': (args) => (args.length === 0 ? Uuid.blank() : new Uuid(text(args[0]))),
  'collections.OrderedDict': (args) => (noArguments(args), new OrderedDict()),
  'builtins.set': (args, scope) => newSet(args.length === 0 ? [] : list(args[0]), scope),
  'builtins.frozenset': (args, scope) => newFrozenSet(args.length === 0 ? [] : list(args[0]), scope),
  'builtins.bytearray': byteArray,
  'builtins.bytes': (args) => (args.length === 0 ? Buffer.alloc(0) : bytes(args[0])),
  'builtins.complex': (args) => new Complex(number(args[0]), number(args[1] ?? 0)),
  'builtins.range': (args) => new PythonRange(whole(args[0]), whole(args[1]), whole(args[2])),
  // The one method ever looked up: ZoneInfo pickles itself as getattr(ZoneInfo, '_unpickle')(key,
  // from_cache).
  'builtins.getattr': (args) => (args[0] === ZONE_INFO && args[1] === '_unpickle' ? ZONE_INFO : wrong()),
  '_codecs.encode': latin1,
  'copyreg._reconstructor': (args, scope) =>
    args[0] instanceof PickleGlobal && args[1] === OBJECT && args[2] === null ? args[0].call([], scope) : wrong(),
  'django.utils.safestring.SafeString': (args) => new SafeString(text(args[0])),
  'django_redis.client.herd.Marker': (args) => (noArguments(args), HERD_MARKER),
  // Django 3.2 marks its datetimes with pytz, which Python reads back as equal when they come with a
  // datetime.timezone.
  'pytz._UTC': (args) => (noArguments(args), Timezone.UTC),
  'pytz.FixedOffset': (args) => Timezone.fixed(new Timedelta(0, integer(args[0]) * 60)),
  'pytz._p': (args, scope) =>
    args.length === 1 ? scope.zone(text(args[0])) : Timezone.fixed(new Timedelta(0, integer(args[1])), text(args[3] ?? args[0])),
};

/** Of those that are more than one plain instance. */
const COSTS: Readonly<Record<string, number>> = {
  'datetime.datetime': COST.datetime,
  'datetime.timezone': COST.wideInstance,
  'uuid.UUID': COST.wideInstance,
  'collections.OrderedDict': COST.wideInstance,
  'builtins.set': COST.collection,
  'builtins.frozenset': COST.wideInstance,
  'builtins.bytearray': COST.wideInstance,
  'builtins.range': COST.wideInstance,
  'pytz.FixedOffset': COST.wideInstance,
  'pytz._p': COST.wideInstance,
};

const PYTHON_2: Readonly<Record<string, string>> = {
  'copy_reg._reconstructor': 'copyreg._reconstructor',
  '__builtin__.xrange': 'builtins.range',
  'backports.zoneinfo.ZoneInfo': 'zoneinfo.ZoneInfo',
  'django.utils.safestring.SafeText': 'django.utils.safestring.SafeString',
};

const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...Object.entries(BUILDERS).map(([name, build]) => [name, new PickleGlobal(name, build, COSTS[name])] as const),
  [ZONE_INFO.name, ZONE_INFO],
  [OBJECT.name, OBJECT],
  ['builtins.Ellipsis', ELLIPSIS],
]);

/**
 * Finds what a name in a pickle stands for: a `PickleGlobal`, or the value itself (Ellipsis). `undefined`
 * when it is off the allow-list: nothing else is ever looked up, imported or run. Protocol 2's names of
 * Python 2 are known.
 */
export function findPickleGlobal(module: string, name: string): unknown {
  const path = `${module}.${name}`;
  return GLOBALS.get(PYTHON_2[path] ?? (module === '__builtin__' ? `builtins.${name}` : path));
}
