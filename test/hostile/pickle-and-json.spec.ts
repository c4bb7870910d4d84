import { describe, expect, it } from '@jest/globals';
import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { createValueCodec, type ValueCodec } from '../../libs/sentinel-cache/src/codec/value-codec.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';

/** A hang is told by seconds here: the machine may be busy. The slowest is printed. */
const SLOW_MS = 2000;
/** Far more than the second or so that 10 MB take; if time grew with the square, it would be hours. */
const PROPORTIONAL_MS = 20_000;
const PLACE = { alias: 'shop', key: ':1:cart' };

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const stored = (codec: ValueCodec, value: unknown) => Buffer.from(codec.encode(value));
const pickle = createValueCodec(findSerializer('pickle')!);
const json = createValueCodec(findSerializer('json')!);

function uint32(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes.toString('latin1');
}

/** The error of decoding, which has to be of our kind, soon, and without a word of the value. */
function refusal(codec: ValueCodec, bytes: Buffer, limitMs = SLOW_MS): CodecError | undefined {
  const started = Date.now();
  try {
    codec.decode(bytes, PLACE);
    return undefined;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return error;
  } finally {
    expect(Date.now() - started).toBeLessThan(limitMs);
  }
}

describe('hostile bytes', () => {
  it.each([
    ['a string of 2^60 bytes', `\x80\x04\x8d${'\0'.repeat(7)}\x10abc.`],
    ['an integer of 2 GiB', `\x80\x02\x8b${uint32(2 ** 31 - 1)}abc.`],
    ['bytes of 2^60', `\x80\x04\x8e${'\0'.repeat(7)}\x10abc.`],
    ['a bytearray of 2^60', `\x80\x05\x96${'\0'.repeat(7)}\x10abc.`],
    ['a frame of 2^60', `\x80\x04\x95${'\0'.repeat(7)}\x10N.`],
    ['a memo index of 2^31', `Nr${uint32(2 ** 31)}.`],
    ['a memo index of a line of digits', `Np${'9'.repeat(60_000)}\n.`],
    ['a memo index that is no whole number', 'NNNp1.5\n.'],
    ['a float of 60 000 digits and a letter', `F${'1'.repeat(60_000)}x\n.`],
    ['a Decimal of a million digits and a letter', `cdecimal\nDecimal\n(X${uint32(1_000_001)}${'1'.repeat(1_000_000)}xtR.`],
    [
      'one list made a set 100 000 times',
      `(${'N'.repeat(1000)}lq\x000cbuiltins\nset\nq\x010${'h\x01h\x00\x85R0'.repeat(100_000)}N.`,
    ],
    [
      'one text made a Decimal 100 000 times',
      `X${uint32(1e6)}${'1'.repeat(1e6)}q\x000cdecimal\nDecimal\nq\x010${'h\x01h\x00\x85R0'.repeat(100_000)}N.`,
    ],
    [
      'one string made bytes 100 000 times',
      `Vlatin1\nq\x000X${uint32(1e6)}${'1'.repeat(1e6)}q\x010c_codecs\nencode\nq\x020${'h\x02h\x01h\x00\x86R0'.repeat(100_000)}N.`,
    ],
    [
      'bytes made a bytearray 100 000 times',
      `B${uint32(1e6)}${'1'.repeat(1e6)}q\x000cbuiltins\nbytearray\nq\x010${'h\x01h\x00\x85R0'.repeat(100_000)}N.`,
    ],
    [
      'a million arguments, 100 000 times',
      `(C\x04\x07\xe8\x02\x1d${'N'.repeat(1e6)}tq\x000cdatetime\ndate\nq\x010${'h\x01h\x00R0'.repeat(100_000)}N.`,
    ],
    ['a billion laughs', `)${'\x85q\x00'}${'0h\x00h\x00\x86q\x00'.repeat(900)}.`],
    ['a billion laughs by DUP', `N${'2\x86'.repeat(900)}.`],
    ['a billion laughs of dicts', `\x80\x04}\x94${'q\x00}(Vb\nh\x00Va\nh\x00u'.repeat(200)}.`],
    ['more lists than the heap holds', ']'.repeat(4_000_001) + '.'],
  ])('W-14: refuses %s', (_name, bytes) => {
    const error = refusal(pickle, latin1(bytes));
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', alias: 'shop', key: ':1:cart' });
    expect(error!.message).toMatch(/^cache shop, key :1:cart: pickle: the bytes can't be read: /);
  });

  it.each([
    ['2 MB of brackets', '['.repeat(2_000_000)],
    ['10 MB of braces', '{"a":'.repeat(2_000_000)],
    ['2 MB of brackets that close', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['10 MB of digits', `[1${'1'.repeat(10_000_000)}]`],
    ['10 MB of backslashes', `[NaN, "${'\\'.repeat(10_000_000)}"`],
    ['10 MB of quotes behind backslashes', `[NaN, "${'\\"'.repeat(5_000_000)}`],
    ['a million numbers and no end', `[${'NaN, '.repeat(1_000_000)}`],
    ['bytes that are no UTF-8', '["\xff"]'],
  ])('W-25: refuses JSON of %s', (_name, bytes) => {
    const error = refusal(json, latin1(bytes), PROPORTIONAL_MS);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC', alias: 'shop', key: ':1:cart' });
    expect(error!.message).toMatch(/^cache shop, key :1:cart: JSON: the bytes can't be read: /);
  });

  it.each([
    ['10 MB of DUP', 'N' + '2'.repeat(10_000_000) + '.'],
    ['10 MB of MARK and POP_MARK', 'N' + '(1'.repeat(5_000_000) + '.'],
    ['10 MB of MARK', '('.repeat(10_000_000) + '.'],
    ['a million batches of APPENDS', ']' + '(NNe'.repeat(1_000_000) + '.'],
    ['a million empty batches', ']' + '(e'.repeat(1_000_000) + '.'],
    ['a memo of a million', 'N' + '\x94'.repeat(1_000_000) + '.'],
    ['a million numbers put under one index', 'N' + 'q\x00'.repeat(1_000_000) + '.'],
    ['a million times the same key', '}' + '\x8c\x011Ns'.repeat(1_000_000) + '.'],
    ['a million lines', 'N' + 'p0\n'.repeat(1_000_000) + '.'],
    ['a million frames', '\x80\x04' + '\x95\x01\0\0\0\0\0\0\0'.repeat(1_000_000) + 'N.'],
    ['300 000 zones', '](' + 'cpytz\nFixedOffset\nK\x3c\x85R'.repeat(300_000) + 'e.'],
    ['10 MB of U+FFFD', `X${uint32(9_000_000)}${Buffer.from('\ufffd'.repeat(3_000_000)).toString('latin1')}.`],
    ['10 MB that are no UTF-8', `X${uint32(10_000_000)}${'\xef'.repeat(10_000_000)}.`],
  ])('takes time in proportion: %s', (_name, bytes) => {
    const started = Date.now();
    try {
      pickle.decode(latin1(bytes));
    } catch (error) {
      expect(error).toBeInstanceOf(CodecError);
    }
    expect(Date.now() - started).toBeLessThan(PROPORTIONAL_MS);
  });
});

describe('values of any size', () => {
  const million = Array.from({ length: 1_000_000 }, (_, index) => index);
  const CODECS = [
    ['pickle', pickle],
    ['json', json],
  ] as const;

  it.each(CODECS)('W-18: a million numbers, objects and keys come back from %s in proportion to their number', (_name, codec) => {
    const started = Date.now();
    expect(codec.decode(stored(codec, million))).toHaveLength(1_000_000);
    const objects = codec.decode(
      stored(
        codec,
        Array.from(million, (at) => ({ at })),
      ),
    ) as Array<{ at: number }>;
    expect([objects.length, objects[999_999]]).toEqual([1_000_000, { at: 999_999 }]);
    const dict = codec.decode(stored(codec, Object.fromEntries(million.slice(0, 200_000).map((at) => [`k${at}`, at])))) as object;
    expect(Object.keys(dict)).toHaveLength(200_000);
    expect(Date.now() - started).toBeLessThan(2 * PROPORTIONAL_MS);
  });

  it.each(CODECS)('W-11: a string of 50 MB comes back from %s', (_name, codec) => {
    const text = 'é'.repeat(25_000_000);
    expect(codec.decode(stored(codec, text)) === text).toBe(true);
  });

  it('what could not be read again is not written: parts that unfold without end, millions of containers, more than 512 MiB', () => {
    let laughs: unknown = ['ha'];
    for (let level = 0; level < 900; level++) laughs = [laughs, laughs];
    expect(() => json.encode(laughs, PLACE)).toThrow(CodecError);
    expect(() => pickle.encode(laughs, PLACE)).toThrow(/unfold/);
    const containers = Array.from({ length: 4_000_001 }, () => []);
    for (const codec of [json, pickle]) expect(() => codec.encode(containers, PLACE)).toThrow(/more than 4000000/);
    // Shared parts as programs have them come back.
    const row = { id: 1, tags: ['a'] };
    const table = Array.from({ length: 1000 }, () => row);
    expect(pickle.decode(stored(pickle, table))).toEqual(table);
    const long = 'x'.repeat(10_000_000);
    const many = Array.from({ length: 100 }, () => long);
    expect(() => json.encode(many, PLACE)).toThrow(/512 MiB/);
    expect(() => pickle.encode(many, PLACE)).toThrow(/512 MiB/);
  });
});
