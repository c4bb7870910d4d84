import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { findCompressor } from '../../libs/sentinel-cache/src/codec/compressor-registry.js';
import { createValueCodec, type ValueCodec } from '../../libs/sentinel-cache/src/codec/value-codec.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { tag } from '../codec/tagged-value.js';

const MIB = 1024 * 1024;
const RUNS = 10_000;
const COMPRESSORS = ['zlib', 'gzip', 'lzma', 'lz4', 'zstd'];
const SERIALIZERS = ['pickle', 'json', 'msgpack'];

const text = fc.string({ unit: 'grapheme', maxLength: 80 });
const atom = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.boolean(),
  fc.constant(null),
);
const { value: plain } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    atom,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(text, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  ),
}));
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const { value: packable } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    atom,
    bytes,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(text, tie('value'), { maxKeys: 20, noNullPrototype: true }),
    fc
      .array(fc.tuple(fc.oneof(text, bytes), tie('value')), { maxLength: 4 })
      .map((entries) => new Map([...entries, [Buffer.from('k'), 1]])),
  ),
}));

const codecOf = (serializer: string, compressor: string, maxPlainBytes = 32 * MIB): ValueCodec =>
  createValueCodec(findSerializer(serializer)!, { compressor: findCompressor(compressor)!, maxPlainBytes });
const stored = (codec: ValueCodec, value: unknown) => Buffer.from(codec.encode(value));

describe('msgpack and compressors, by property', () => {
  it('W-30: msgpack gives back what was written', () => {
    const codec = codecOf('msgpack', 'identity');
    fc.assert(
      fc.property(packable, (value) => {
        expect(tag(codec.decode(stored(codec, value)))).toEqual(tag(value));
      }),
      { numRuns: 300 },
    );
  });

  it.each(COMPRESSORS.flatMap((compressor) => SERIALIZERS.map((serializer) => [compressor, serializer] as const)))(
    'W-41: %s with %s gives back what was written, and reads what was written without it',
    (compressor, serializer) => {
      const codec = codecOf(serializer, compressor);
      const before = codecOf(serializer, 'identity');
      fc.assert(
        fc.property(serializer === 'msgpack' ? packable : plain, (value) => {
          expect(tag(codec.decode(stored(codec, value)))).toEqual(tag(value));
          expect(tag(codec.decode(stored(before, value)))).toEqual(tag(value));
        }),
        { numRuns: 100 },
      );
    },
  );
});

describe('hostile bytes', () => {
  it.each(COMPRESSORS)(
    '10 000 strings that begin as %s does',
    (name) => {
      const compressor = findCompressor(name)!;
      const head = compressor.compress(Buffer.alloc(200, 'a')).subarray(0, 24);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(24), (tail, length) => {
          try {
            const result = compressor.decompress(Buffer.concat([head.subarray(0, length), tail]), MIB);
            expect(result === undefined || result.length <= MIB).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }),
        { numRuns: RUNS },
      );
    },
    120_000,
  );
});
