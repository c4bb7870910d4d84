import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { createValueCodec } from '../../libs/sentinel-cache/src/codec/value-codec.js';
import { AwareDatetime } from '../../libs/sentinel-cache/src/codec/values/aware-datetime.js';
import { ByteArray } from '../../libs/sentinel-cache/src/codec/values/byte-array.js';
import { Complex } from '../../libs/sentinel-cache/src/codec/values/complex.js';
import { Decimal } from '../../libs/sentinel-cache/src/codec/values/decimal.js';
import { FrozenSet } from '../../libs/sentinel-cache/src/codec/values/frozen-set.js';
import { NaiveDatetime } from '../../libs/sentinel-cache/src/codec/values/naive-datetime.js';
import { OrderedDict } from '../../libs/sentinel-cache/src/codec/values/ordered-dict.js';
import { PythonDate } from '../../libs/sentinel-cache/src/codec/values/python-date.js';
import { PythonRange } from '../../libs/sentinel-cache/src/codec/values/python-range.js';
import { PythonTime } from '../../libs/sentinel-cache/src/codec/values/python-time.js';
import { SafeString } from '../../libs/sentinel-cache/src/codec/values/safe-string.js';
import { Timedelta } from '../../libs/sentinel-cache/src/codec/values/timedelta.js';
import { Timezone } from '../../libs/sentinel-cache/src/codec/values/timezone.js';
import { Tuple } from '../../libs/sentinel-cache/src/codec/values/tuple.js';
import { Uuid } from '../../libs/sentinel-cache/src/codec/values/uuid.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { tag } from './tagged-value.js';

/** A hang is told by seconds here; the milliseconds are asserted elsewhere. */
const SLOW_MS = 2000;

const text = fc.string({ unit: 'binary', maxLength: 80 });
const json = fc.oneof(text, fc.double(), fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(null));
const wall = fc
  .record({
    ms: fc.integer({ min: -62_135_596_800_000 + 86_400_000, max: 253_402_300_799_999 - 86_400_000 }),
    micro: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ ms, micro }) => NaiveDatetime.ofWallMs(ms, micro));
const zone = fc.oneof(
  fc.constantFrom(Timezone.UTC, Timezone.zone('Europe/Paris'), Timezone.zone('Asia/Kolkata')),
  fc.integer({ min: -86_399, max: 86_399 }).map((seconds) => Timezone.fixed(new Timedelta(0, seconds))),
);
const atom = fc.oneof(
  wall,
  fc.tuple(wall, zone).map(([at, timezone]) => new AwareDatetime(at, timezone)),
  wall.map(({ year, month, day }) => new PythonDate(year, month, day)),
  fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer(), fc.integer()).map((parts) => new Timedelta(...parts)),
  fc.bigInt().map((number) => new Decimal(number)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999_999)).map((parts) => new PythonTime(...parts)),
  fc.uuid().map((id) => new Uuid(id)),
  text.map((value) => new SafeString(value)),
  fc.tuple(fc.double(), fc.double()).map(([re, im]) => new Complex(re, im)),
  fc.tuple(fc.integer(), fc.bigInt({ min: 2n ** 60n }), fc.integer({ min: 1 })).map((parts) => new PythonRange(...parts)),
  fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }),
);

const { value: anything } = fc.letrec((tie) => ({
  key: fc.oneof(
    json,
    atom,
    fc.array(tie('key'), { maxLength: 5 }).map((items) => Tuple.of(...items)),
  ),
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    json,
    atom,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(tie('value'), { maxLength: 6 }).map((items) => Tuple.of(...items)),
    fc.dictionary(text, tie('value'), { maxKeys: 6, noNullPrototype: true }),
    fc.array(fc.tuple(fc.integer(), tie('value')), { minLength: 1, maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new OrderedDict(entries)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new ByteArray(bytes)),
    fc.uniqueArray(fc.integer(), { maxLength: 6 }).map((items) => new Set(items)),
    fc.array(tie('key'), { maxLength: 4 }).map((items) => new FrozenSet(items)),
  ),
}));

const codecs = [2, 3, 4, 5].map((pickleVersion) => createValueCodec(findSerializer('pickle', { pickleVersion })!));
const jsonCodec = createValueCodec(findSerializer('json')!);
const bytesOf = (encoded: Buffer | string) => (typeof encoded === 'string' ? Buffer.from(encoded) : encoded);

function survives(action: () => unknown): void {
  const started = Date.now();
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
  }
  expect(Date.now() - started).toBeLessThan(SLOW_MS);
}

describe('codecs, by property', () => {
  it('W-10: pickle gives back what was written, in every protocol', () => {
    fc.assert(
      fc.property(anything, (value) => {
        for (const codec of codecs) expect(tag(codec.decode(bytesOf(codec.encode(value))))).toEqual(tag(value));
      }),
      { numRuns: 300 },
    );
  });

  it('W-10: keys that are numbers, up to the largest index and beyond, come back in their order', () => {
    const near = (edge: number) => fc.integer({ min: edge - 3, max: edge + 3 }).map(String);
    const key = fc.oneof(near(2 ** 32), near(2 ** 31), near(2 ** 53), fc.nat({ max: 40 }).map(String), fc.constant('a'));
    const OF_ITS_OWN = ['json', 'msgpack'].map((name) => createValueCodec(findSerializer(name)!));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 8 }), (names) => {
        const dict = Object.fromEntries(names.map((name, value) => [name, value]));
        const ordered = new OrderedDict<unknown>(names.map((name, value) => [name, value]));
        for (const codec of [...codecs, ...OF_ITS_OWN]) expect(codec.decode(bytesOf(codec.encode(dict)))).toEqual(dict);
        for (const codec of codecs) expect(tag(codec.decode(bytesOf(codec.encode(ordered))))).toEqual(tag(ordered));
      }),
      { numRuns: 500 },
    );
  });

  it('W-20: JSON gives back what was written', () => {
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'medium' },
        json,
        fc.array(tie('node'), { maxLength: 6 }),
        fc.dictionary(text, tie('node'), { maxKeys: 6, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(node, (value) => {
        expect(tag(jsonCodec.decode(bytesOf(jsonCodec.encode(value))))).toEqual(tag(value));
      }),
      { numRuns: 300 },
    );
  });

  it('changed bytes are read, or end in a CodecError, soon', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anything, edits, fc.boolean(), (value, changes, cut) => {
        for (const codec of [codecs[0]!, codecs[3]!]) {
          const bytes = Buffer.from(bytesOf(codec.encode(value)));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          survives(() => codec.decode(cut ? bytes.subarray(0, changes[0]![0] % bytes.length) : bytes));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('any bytes at all are read, or end in a CodecError, soon', () => {
    const opcodes = fc.constantFrom(
      ...Buffer.from(
        '(.012abcdegjhlpqrstuBCFGIJKLMNRSTUVX]})\x80\x81\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x92\x93\x94',
        'latin1',
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(opcodes, opcodes, fc.integer({ min: 0, max: 4 })), { maxLength: 60 }), (bytes) => {
        survives(() => codecs[2]!.decode(Buffer.from([...bytes, 0x2e])));
        survives(() => jsonCodec.decode(Buffer.from(bytes)));
      }),
      { numRuns: 3000 },
    );
  });
});
