import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { findCompressor } from '../../libs/sentinel-cache/src/codec/compressor-registry.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { ATTACKS, type Attack } from './support/decode-attacks.js';
import { DecodingChild } from './support/decoding-child.js';

/** OPTIONS.maxDecodedBytes unless given, and what the collector has not come round to. */
const MOST_MB = 256 * 1.048_576 + 64;

/** Those that the most memory can be asked for with, and one of each kind of text; the compressors in turn, LZ4 where others take long. */
const GREEDY: ReadonlyArray<readonly [name: string, compressor: string]> = [
  ['a list: empty bytes', 'zlib'],
  ['a list: bytes of one', 'gzip'],
  ['a list: nothing but None', 'lzma'],
  ['a list: empty sets', 'zstd'],
  ['a list: dicts of one new field', 'lz4'],
  ['a list: dicts of a field that is an index', 'zlib'],
  ['a list: texts of three, all of them new', 'lz4'],
  ['calls of builtins.set (0)', 'gzip'],
  ['calls of collections.OrderedDict (6)', 'lzma'],
  ['calls of datetime.datetime (13)', 'lz4'],
  ['calls of pytz._p (25)', 'lz4'],
  ['a memo filled from far away', 'lz4'],
  ['a text: ASCII and one U+FFFD', 'zstd'],
  ['a text: ASCII and one character of two bytes', 'zlib'],
  ['a text: ASCII and one lone surrogate', 'gzip'],
  ['JSON: lists of one', 'lzma'],
  ['JSON: objects of one field many times', 'zstd'],
  ['JSON: an object of many fields', 'lz4'],
  ['JSON, with NaN: objects of a field that is an index', 'zlib'],
  ['msgpack: maps of a field that is an index', 'gzip'],
  ['msgpack: empty maps', 'lzma'],
  ['msgpack: empty bytes', 'zstd'],
  ['msgpack, one map: one field many times', 'zlib'],
];

const named = (name: string): Attack => ATTACKS.find((attack) => attack.name === name)!;

let library: Transpiled;
let child: DecodingChild;
const seen = { peakMb: 0, name: '' };
beforeAll(async () => {
  library = await transpile('sentinel-cache');
  child = new DecodingChild(library);
});
afterAll(async () => {
  await child.stop();
  await library.remove();
  process.stdout.write(`${GREEDY.length} entries of 33 MB: most memory ${seen.peakMb.toFixed(0)} MB (${seen.name})\n`);
});

describe('33 MB made up to take memory, compressed to little', () => {
  it.each(GREEDY)('%s, by %s', async (name, compressor) => {
    const { serializer, bytes } = named(name);
    const stored = findCompressor(compressor)!.compress(bytes(33_000_000));
    const { ended, error, peakMb } = await child.decode(serializer, compressor, stored);
    expect(ended).toBeUndefined();
    if (error !== undefined) expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
    expect(peakMb).toBeLessThan(MOST_MB);
    if (peakMb > seen.peakMb) Object.assign(seen, { peakMb, name });
  });
});

describe('an entry that stands for too much', () => {
  it.each([
    ['a list: empty sets', 'identity'],
    ['a list: nothing but None', 'zlib'],
    ['calls of builtins.set (0)', 'gzip'],
    ['calls of datetime.datetime (13)', 'lzma'],
    ['a set: bigints that differ above bit 64', 'identity'],
    ['a dict: ints that meet', 'identity'],
    ['an OrderedDict: floats that meet', 'lz4'],
    ['JSON: objects of one new field', 'zstd'],
    ['msgpack: empty maps', 'zlib'],
  ])('is refused by the name of the option, and of what to do: %s', async (name, compressor) => {
    const attack = named(name);
    const stored = findCompressor(compressor)!.compress(attack.bytes(8_000_000));
    const { error } = await child.decode(attack.serializer, compressor, stored);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
    expect(error!.message).toMatch(/OPTIONS\.maxDecodedBytes allows \(268435456 bytes .* raise maxDecodedBytes/);
  });
});
