import { describe, expect, it } from '@jest/globals';
import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { createValueCodec } from '../../libs/sentinel-cache/src/codec/value-codec.js';
import { VALUES } from './every-type.js';
import { tag } from './tagged-value.js';

const PROTOCOLS = [2, 3, 4, 5] as const;
const codecs = PROTOCOLS.map((pickleVersion) => createValueCodec(findSerializer('pickle', { pickleVersion })!));

describe('values of every type', () => {
  it.each(Object.entries(VALUES))(
    'W-16: %s comes back from pickle 2 to 5, and is written again with the same bytes',
    (_name, value) => {
      for (const codec of codecs) {
        const bytes = Buffer.from(codec.encode(value));
        const back = codec.decode(bytes);
        expect(tag(back)).toEqual(tag(value));
        expect(Buffer.from(codec.encode(back)).toString('hex')).toBe(bytes.toString('hex'));
      }
    },
  );

  it('W-10: every protocol reads what the others wrote', () => {
    const everything = Object.values(VALUES);
    for (const writer of codecs) {
      for (const reader of codecs) expect(tag(reader.decode(Buffer.from(writer.encode(everything))))).toEqual(tag(everything));
    }
  });

  it('W-17: the second of two equal readings of a clock stays the second since protocol 4, as in Python', () => {
    const folds = codecs.map((codec) => {
      const { fold } = codec.decode(Buffer.from(codec.encode(VALUES['a datetime of the hour that comes twice']))) as {
        fold: number;
      };
      return fold;
    });
    expect(folds).toEqual([0, 0, 1, 1]);
  });
});
