import fc from 'fast-check';
import {
  AwareDatetime,
  ByteArray,
  Complex,
  Decimal,
  FrozenSet,
  NaiveDatetime,
  OrderedDict,
  PythonDate,
  PythonTime,
  Timedelta,
  Timezone,
  Tuple,
  Uuid,
} from 'nestjs-sentinel-cache/values';

/** Which types a serializer writes. */
export type Kind = 'pickle' | 'json' | 'msgpack';

const day = 86_400_000;
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '42', '__proto__', 'x'.repeat(14), 'é'.repeat(300)),
);
const loneSurrogates = fc.array(fc.integer({ min: 0xd7fe, max: 0xdc01 }), { maxLength: 6 }).map((units) => {
  // Python keeps a high and a low surrogate apart that follow each other; JavaScript can't.
  return units.map((unit) => `${String.fromCharCode(unit)}-`).join('');
});
const small = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, 255, 256, 65_535, 65_536, -1, -129, 2 ** 31));
const within64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const huge = fc.oneof(fc.bigInt(), fc.constantFrom(2n ** 63n, -(2n ** 63n) - 1n, 2n ** 2040n, -(2n ** 2039n), 10n ** 1000n));
const plain = fc.oneof(text, fc.double(), small, fc.boolean(), fc.constant(null));
const wall = fc
  .record({
    ms: fc.integer({ min: -62_135_596_800_000 + day, max: 253_402_300_799_999 - day }),
    micro: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ ms, micro }) => NaiveDatetime.ofWallMs(ms, micro));
const zone = fc.oneof(
  fc.constant(Timezone.UTC),
  fc.integer({ min: -1439, max: 1439 }).map((minutes) => Timezone.fixed(new Timedelta(0, minutes * 60))),
);
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const aware = fc.tuple(wall, zone).map(([at, timezone]) => new AwareDatetime(at, timezone));
const date = wall.map(({ year, month, day: of }) => new PythonDate(year, month, of));
const time = wall.map(({ hour, minute, second, microsecond }) => new PythonTime(hour, minute, second, microsecond));
const timedelta = fc
  .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 86_399 }), fc.integer({ min: 0, max: 999_999 }))
  .map((parts) => new Timedelta(...parts));
const decimal = fc.oneof(
  fc.bigInt().map((number) => new Decimal(number)),
  fc.tuple(fc.integer({ min: 1 }), fc.nat()).map(([whole, fraction]) => new Decimal(`${whole}.${fraction}`)),
  fc.constantFrom('NaN', 'Infinity', '-0', '1E+3', '1E-30').map((special) => new Decimal(special)),
);
const dates = fc.oneof(wall, aware, date, time, timedelta, decimal, fc.uuid().map((id) => new Uuid(id)), fc.date({ noInvalidDate: true, min: new Date(-day * 365 * 1900), max: new Date(day * 365 * 8000) })); // prettier-ignore
const unhashable = fc.oneof(
  bytes.map((array) => ByteArray.from(array)),
  fc.tuple(fc.integer(), fc.integer()).map(([re, im]) => new Complex(re + 0.5, im + 0.25)),
);
/** Of one type: Python holds 1, 1.0 and True for one key. */
const keys = fc.oneof(
  fc.uniqueArray(text, { maxLength: 5 }),
  fc.uniqueArray(small, { maxLength: 5 }),
  fc.uniqueArray(date, { maxLength: 5, selector: String }),
  fc.uniqueArray(bytes, { maxLength: 5, selector: (array) => array.toString('hex') }),
  fc.uniqueArray(fc.array(small, { maxLength: 3 }), { maxLength: 4, selector: String }).map((all) => all.map((items) => Tuple.of(...items))),
); // prettier-ignore

/** Any value that this serializer writes. */
export function arbitraryValue(kind: Kind): fc.Arbitrary<unknown> {
  const atoms: Record<Kind, fc.Arbitrary<unknown>> = {
    pickle: fc.oneof(plain, huge, loneSurrogates, bytes, dates, unhashable),
    json: fc.oneof(plain, huge, dates),
    msgpack: fc.oneof(plain, within64, bytes),
  };
  return fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, atoms[kind], ...containers(kind, tie('node'))),
  })).node;
}

function containers(kind: Kind, node: fc.Arbitrary<unknown>): fc.Arbitrary<unknown>[] {
  const items = fc.array(node, { maxLength: 6 });
  const shared = [
    items,
    items.map((all) => Tuple.of(...all)),
    fc.dictionary(text, node, { maxKeys: 6, noNullPrototype: true }),
    fc.dictionary(text, node, { maxKeys: 6, noNullPrototype: true }).map((dict) => new Map(Object.entries(dict))),
  ];
  if (kind !== 'pickle') return shared;
  const entries = fc.tuple(keys, node).map(([all, value]) => all.map((key) => [key, value] as const));
  return [
    ...shared,
    entries.map((all) => new Map<unknown, unknown>(all)),
    entries.map((all) => new OrderedDict<unknown, unknown>(all)),
    keys.map((all) => new Set<unknown>(all)),
    keys.map((all) => new FrozenSet<unknown>(all)),
    items.map((all) => [...all, ...all]),
  ];
}
