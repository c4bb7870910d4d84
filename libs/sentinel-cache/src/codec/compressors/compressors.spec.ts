import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { CodecError } from '../../errors/codec.error.js';
import { COMPRESSOR_NAMES, findCompressor } from '../compressor-registry.js';
import { createJsonSerializer } from '../serializers/json/json.serializer.js';
import { createValueCodec } from '../value-codec.js';
import { measureLz4 } from './lz4-frame.js';
import { boundZstd } from './zstd-frame.js';
import { measureXz } from './xz-stream.js';
import { createZstdCompressor } from './zstd.compressor.js';

const MIB = 1024 * 1024;
const NAMES = ['zlib', 'gzip', 'lzma', 'lz4', 'zstd'];
const THRESHOLDS: Readonly<Record<string, number>> = { zlib: 15, gzip: 15, lzma: 100, lz4: 15, zstd: 15 };
/** The bytes a header starts with (section 3.5); `..` is any byte. */
const HEADERS: Readonly<Record<string, RegExp>> = {
  zlib: /^789c/,
  gzip: /^1f8b0800.{8}02ff/,
  lzma: /^fd377a585a000004/,
  lz4: /^04224d18(68|48)[4-7]0/,
  zstd: /^28b52ffd/,
};
const get = (name: string) => findCompressor(name)!;
const noise = (length: number) => {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at++) bytes[at] = (state = (state * 48_271) % 2_147_483_647) & 0xff;
  return bytes;
};

function failure(action: () => unknown): CodecError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('expected a CodecError');
}

describe.each(NAMES)('compressor %s', (name) => {
  const compressor = get(name);

  it('W-40: leaves bytes up to its threshold alone, and compresses one more', () => {
    const most = THRESHOLDS[name]!;
    expect(compressor.compress(Buffer.alloc(most, 'a'))).toEqual(Buffer.alloc(most, 'a'));
    const compressed = compressor.compress(Buffer.alloc(most + 1, 'a'));
    expect(compressed.toString('hex')).toMatch(HEADERS[name]!);
    expect(compressor.decompress(compressed, MIB)).toEqual(Buffer.alloc(most + 1, 'a'));
  });

  it.each([16, 101, 65_535, 65_536, 65_537, 300_000])('gives back %d bytes, whether they compress or not', (length) => {
    for (const bytes of [Buffer.alloc(length, 'abcdefghij'), noise(length)]) {
      const stored = compressor.compress(bytes);
      expect((compressor.decompress(stored, length) ?? stored).equals(bytes)).toBe(true);
    }
  });

  it('W-41: bytes of another format are none of its business', () => {
    for (const bytes of ['', 'x', '{"a": 1}', '\x80\x04\x95', '80.5', '(S', 'x^2 + 1 is a text of more than 15 bytes']) {
      expect(compressor.decompress(Buffer.from(bytes, 'latin1'), MIB)).toBeUndefined();
    }
    for (const other of NAMES.filter((each) => each !== name)) {
      expect(compressor.decompress(get(other).compress(Buffer.alloc(200, 'a')), MIB)).toBeUndefined();
    }
  });

  it('W-43: bytes that are cut off are a CodecError, at whatever byte', () => {
    const compressed = compressor.compress(Buffer.from('abcdefghij'.repeat(30)));
    for (let length = 8; length < compressed.length; length++) {
      const error = failure(() => compressor.decompress(compressed.subarray(0, length), MIB) ?? Buffer.alloc(0));
      expect(error.message).not.toContain('abcdefghij');
    }
  });

  it('allows as many bytes as it is told, and not one more', () => {
    const bytes = Buffer.alloc(70_000, 'abc');
    const compressed = compressor.compress(bytes);
    expect(compressor.decompress(compressed, 70_000)?.length).toBe(70_000);
    expect(failure(() => compressor.decompress(compressed, 69_999)).message).toContain('maxValueBytes');
  });
});

describe('zip bombs', () => {
  const bombs: readonly (readonly [string, Buffer])[] = NAMES.map((name) => [name, get(name).compress(Buffer.alloc(12 * MIB))]);

  it.each(bombs)('%s: 12 MiB out of a few KB are refused with little memory', (name, bomb) => {
    const before = process.memoryUsage().arrayBuffers;
    const error = failure(() => get(name).decompress(bomb, MIB));
    expect(error.message).toContain(`more than ${MIB} bytes`);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MIB);
  });

  it('sizes that headers claim are not believed', () => {
    const [lz4, zstd] = ['lz4', 'zstd'].map((name) => get(name).compress(Buffer.alloc(MIB)));
    lz4!.writeBigUInt64LE(100n, 6);
    expect(() => measureLz4(lz4!, 2 * MIB)).toThrow('another number');
    lz4!.writeBigUInt64LE(2n ** 62n, 6);
    expect(failure(() => get('lz4').decompress(lz4!, MIB)).message).toContain('more than');
    // A frame of one segment with a size of 4 bytes: 1 MiB becomes 4 GB, and 100 bytes.
    expect(zstd![4]! >> 5).toBe(0b101);
    zstd!.writeUInt32LE(0xffff_fff0, 5);
    expect(failure(() => get('zstd').decompress(zstd!, MIB)).message).toContain('more than');
    zstd!.writeUInt32LE(100, 5);
    expect(failure(() => get('zstd').decompress(zstd!, MIB)).message).toContain('changed');
  });

  it('zstd: frames that claim nothing get no more room than allowed', () => {
    // 100 blocks that repeat one byte 128 KiB times each.
    const block = (isLast: boolean) => Buffer.from([...int24((131_072 << 3) | (1 << 1) | (isLast ? 1 : 0)), 0x61]);
    const frame = Buffer.concat([
      Buffer.from('28b52ffd0058', 'hex'),
      ...Array.from({ length: 100 }, (_, index) => block(index === 99)),
    ]);
    expect(boundZstd(frame)).toEqual({ contentBytes: 100 * 131_072, isExact: false });
    expect(get('zstd').decompress(frame, 100 * 131_072)?.length).toBe(100 * 131_072);
    expect(failure(() => get('zstd').decompress(frame, 100 * 131_072 - 1)).message).toContain('more than');
  });

  it('xz: a dictionary of 4 GB is refused before it is allocated', () => {
    const bytes = get('lzma').compress(Buffer.alloc(MIB));
    // Stream header 12 bytes; block header: size, flags, filter, length of its properties, dictionary.
    expect([...bytes.subarray(14, 17)]).toEqual([0x21, 1, 20]);
    bytes[16] = 40;
    expect(() => measureXz(bytes, MIB)).toThrow('dictionary');
  });

  it('a codec names cache and key, and its own bound holds for a compressor that does not look', () => {
    const where = { alias: 'default', key: ':1:k' };
    const careless = { compress: (bytes: Buffer) => bytes, decompress: () => Buffer.alloc(101, '1') };
    for (const compressor of [careless, get('zlib')]) {
      const codec = createValueCodec(createJsonSerializer(), { compressor, maxPlainBytes: 100 });
      expect(failure(() => codec.decode(deflateSync(Buffer.alloc(10_000)), where))).toMatchObject(where);
      expect(failure(() => codec.encode('x'.repeat(99), where)).message).toContain('maxValueBytes');
      expect(codec.encode('x'.repeat(98))).toBeInstanceOf(Buffer);
    }
  });
});

describe('compressors, in a codec', () => {
  it("what a user's own gives has to be a Buffer", () => {
    const odd = { compress: () => new Uint8Array(3), decompress: () => 'text' } as never;
    const codec = createValueCodec(createJsonSerializer(), { compressor: odd });
    expect(failure(() => codec.encode('x')).message).toContain('COMPRESSOR.compress: expected a Buffer');
    expect(failure(() => codec.decode(Buffer.from('x'))).message).toContain('COMPRESSOR.decompress: expected a Buffer');
  });

  const zlib = createValueCodec(createJsonSerializer(), { compressor: get('zlib'), maxPlainBytes: MIB });

  it('W-40, W-42: a string of 13 characters stays as it is, one of 14 is compressed; integers never are', () => {
    expect(zlib.encode('x'.repeat(13)).toString()).toBe(`"${'x'.repeat(13)}"`);
    expect(zlib.encode('x'.repeat(14)).toString('hex')).toBe('789c53aa40014a003a1a06d5');
    expect(zlib.encode(10n ** 30n)).toBe(String(10n ** 30n));
    expect(zlib.decode(Buffer.from(String(10n ** 30n)))).toBe(10n ** 30n);
  });

  it('W-41: a compressor that is switched on reads old entries, however large', () => {
    expect(zlib.decode(Buffer.from('{"a": "not compressed"}'))).toEqual({ a: 'not compressed' });
    expect(zlib.decode(Buffer.from(`"${'x'.repeat(2 * MIB)}"`))).toHaveLength(2 * MIB);
    expect(zlib.decode(Buffer.from('80.25'))).toBe(80.25);
  });

  it('reads what other writers of the format make of it', () => {
    const text = Buffer.from(JSON.stringify('abc'.repeat(100)));
    for (const level of [0, 1, 9])
      expect(zlib.decode(deflateSync(text, { level, windowBits: 9 + (level % 7) }))).toBe('abc'.repeat(100));
    const gzip = createValueCodec(createJsonSerializer(), { compressor: get('gzip') });
    expect(gzip.decode(gzipSync(text, { level: 1 }))).toBe('abc'.repeat(100));
    expect(() => zlib.decode(deflateRawSync(text))).toThrow(CodecError);
  });

  it('zstd is taken from Node where Node has it', () => {
    const calls: string[] = [];
    const node = {
      zstdCompressSync: (bytes: Buffer) => (calls.push('compress'), get('zstd').compress(bytes)),
      zstdDecompressSync: (bytes: Buffer, { maxOutputLength }: { maxOutputLength: number }) => (
        calls.push(`decompress ${maxOutputLength}`),
        get('zstd').decompress(bytes, maxOutputLength)!
      ),
    };
    const zstd = createZstdCompressor(node);
    expect(zstd.decompress(zstd.compress(Buffer.alloc(50)), 100)).toEqual(Buffer.alloc(50));
    expect(calls).toEqual(['compress', 'decompress 50']);
  });

  it('LZ4: more than the largest block', () => {
    const bytes = noise(4 * MIB + 1);
    expect(get('lz4').decompress(get('lz4').compress(bytes), bytes.length)?.equals(bytes)).toBe(true);
  });

  it('every name is known, and no other', () => {
    for (const name of COMPRESSOR_NAMES) expect(findCompressor(name)).toBeDefined();
    for (const name of ['', 'Zlib', 'constructor', 'brotli']) expect(findCompressor(name)).toBeUndefined();
  });
});

function int24(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff];
}
