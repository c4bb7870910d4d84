import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { findCompressor } from '../../libs/sentinel-cache/src/codec/compressor-registry.js';
import { rows } from '../codec/every-type.js';
import { transpile, type Transpiled } from '../nest/support/transpile.js';
import { ATTACKS, type Attack } from './support/decode-attacks.js';
import { DecodingChild, type Decoded } from './support/decoding-child.js';

const MIB = 1024 * 1024;
/** Long enough for what grows with the square of it to be told from what doesn't. */
const SIZE = 1.5 * MIB;
/** OPTIONS.maxDecodedBytes unless given, and what the collector has not come round to. */
const MOST_MB = 256 * 1.048_576 + 64;
/** An entry may take so many times as long for each byte as rows with dates, as Django pickles them. */
const MOST_TIMES = 3;
/** What an entry may take however short it is: a 64th part of the budget, on a machine that is busy with other work. */
const FREE_CPU_MS = 250;
const COMPRESSORS = ['zlib', 'gzip', 'lzma', 'lz4', 'zstd'];

let library: Transpiled;
let child: DecodingChild;
/** What rows take for each byte, in nanoseconds. */
let honest: number;
const seen = { peakMb: 0, slowest: 0, name: '' };

beforeAll(async () => {
  library = await transpile('sentinel-cache');
  child = new DecodingChild(library);
  const bytes = findSerializer('pickle')!.dumps(rows(18_000).filter((_, index) => index % 2 === 0));
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push((await child.decode('pickle', 'identity', bytes)).cpuMs);
  honest = (Math.min(...times) * 1e6) / bytes.length;
});
afterAll(async () => {
  await child.stop();
  await library.remove();
  process.stdout.write(
    `${ATTACKS.length} attacks on decoding: most memory ${seen.peakMb.toFixed(0)} MB; slowest ${seen.slowest.toFixed(0)} ns of CPU time ` +
      `a byte (${seen.name}), rows take ${honest.toFixed(0)}\n`,
  );
});

function judge({ ended, error, peakMb }: Decoded): void {
  expect(ended).toBeUndefined();
  if (error !== undefined) expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
  expect(peakMb).toBeLessThan(MOST_MB);
  seen.peakMb = Math.max(seen.peakMb, peakMb); if (peakMb > 200) process.stderr.write(peakMb + ' ' + expect.getState().currentTestName + '\n');
}

describe('an entry made up to take memory or time', () => {
  it.each(ATTACKS)('$name', async (attack) => {
    const bytes = attack.bytes(SIZE);
    const decoded = await child.decode(attack.serializer, 'identity', bytes);
    judge(decoded);
    expect(decoded.cpuMs).toBeLessThan(FREE_CPU_MS + (MOST_TIMES * honest * bytes.length) / 1e6);
    const slow = (decoded.cpuMs * 1e6) / bytes.length;
    if (slow > seen.slowest) Object.assign(seen, { slowest: slow, name: attack.name });
  });
});

/** Those that the most memory can be asked for with, and one of each kind of text. */
const GREEDY = [
  'a list: empty bytes',
  'a list: bytes of one',
  'a list: nothing but None',
  'a list: empty sets',
  'a list: dicts of one new field',
  'a list: dicts of a field that is an index',
  'a list: texts of three, all of them new',
  'calls of builtins.set (0)',
  'calls of collections.OrderedDict (6)',
  'calls of datetime.datetime (13)',
  'calls of pytz._p (21)',
  'a memo filled from far away',
  'a text: ASCII and one U+FFFD',
  'a text: ASCII and one character of two bytes',
  'a text: ASCII and one lone surrogate',
  'JSON: lists of one',
  'JSON: objects of one field many times',
  'JSON: an object of many fields',
  'JSON, with NaN: objects of a field that is an index',
  'msgpack: maps of a field that is an index',
  'msgpack: empty maps',
  'msgpack: empty bytes',
  'msgpack, one map: one field many times',
];
const named = (name: string): Attack | undefined => ATTACKS.find((attack) => attack.name === name);

describe('33 MB of it, compressed to kilobytes', () => {
  it.each(GREEDY.map((name, index) => [name, COMPRESSORS[index % COMPRESSORS.length]!] as const))(
    '%s, by %s',
    async (name, compressor) => {
      const attack = named(name)!;
      const stored = findCompressor(compressor)!.compress(attack.bytes(33_000_000));
      judge(await child.decode(attack.serializer, compressor, stored));
    },
  );
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
    const attack = named(name)!;
    const stored = findCompressor(compressor)!.compress(attack.bytes(12 * MIB));
    const { error } = await child.decode(attack.serializer, compressor, stored);
    expect(error).toMatchObject({ code: 'SENTINEL_CACHE_CODEC' });
    expect(error!.message).toMatch(/OPTIONS\.maxDecodedBytes allows \(268435456 bytes .* raise maxDecodedBytes/);
  });
});
