import { randomInt } from 'node:crypto';

import { afterAll, describe, expect, it } from '@jest/globals';

import { findSerializer } from '../../libs/sentinel-cache/src/codec/codec-registry.js';
import { findCompressor } from '../../libs/sentinel-cache/src/codec/compressor-registry.js';
import { createValueCodec, type ValueCodec } from '../../libs/sentinel-cache/src/codec/value-codec.js';
import { CodecError } from '../../libs/sentinel-cache/src/errors/codec.error.js';
import { everyType, rows } from '../codec/every-type.js';
import { mutants } from './mutants.js';

/** The same mutants at each run, and others at each run; HOSTILE_SEED asks for those of a run that failed. */
const SEEDS = process.env.HOSTILE_SEED ? [Number(process.env.HOSTILE_SEED)] : [20_240_229, randomInt(2 ** 31)];
/** Of each decoder. */
const RUNS = 20_000 / SEEDS.length;
const MIB = 1024 * 1024;
/** What one of the mutants, 70 KB at most, may take. The originals take a megabyte or two. */
const MOST_MEMORY = 64 * MIB;
/** A hang is told by seconds here, of CPU time: the machine may be busy. The slowest is printed. */
const SLOW_MS = 2000;
const PLACE = { alias: 'shop', key: ':1:cart' };
/** Of so many mutants one is changed before it is compressed, and not after. */
const CHANGED_BEFORE = 8;

const PLAIN = [
  rows(20).filter((_, index) => index % 2 === 1),
  'h\u00e9llo\u{1f600}',
  { a: [NaN, -Infinity, 2n ** 63n, -0, 1e-7, true, null, { '2': [[[['x'.repeat(300)]]]], '1023': 1 }] },
];
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  pickle: [...everyType, rows(20), everyType, ['x'.repeat(300), '\u00e9'.repeat(40), { k: 'x'.repeat(70_000) }]],
  json: PLAIN,
  msgpack: [...PLAIN, Buffer.alloc(70_000, 'abc'), new Map<unknown, unknown>([[Buffer.from('k'), rows(3).slice(1, 2)]])],
};

interface Decoder {
  readonly name: string;
  readonly codec: ValueCodec;
  readonly stored: (seed: number) => Iterable<Buffer>;
}

function plainDecoder(name: string, samples: readonly unknown[], pickleVersion?: number): Decoder {
  const codec = createValueCodec(findSerializer(name, { pickleVersion })!);
  const originals = samples.map((value) => Buffer.from(codec.encode(value)));
  return { name: `${name} ${pickleVersion ?? ''}`.trim(), codec, stored: (seed) => mutants(originals, RUNS, seed) };
}

function compressedDecoder(name: string, compressorName: string): Decoder {
  const serializer = findSerializer(name)!;
  const compressor = findCompressor(compressorName)!;
  const plain = SAMPLES[name]!.map((value) => serializer.dumps(value));
  const originals = plain.map((bytes) => compressor.compress(bytes));
  return {
    name: `${name} in ${compressorName}`,
    codec: createValueCodec(serializer, { compressor, maxPlainBytes: 32 * MIB }),
    *stored(seed) {
      const before = Math.floor(RUNS / CHANGED_BEFORE);
      yield* mutants(originals, RUNS - before, seed);
      for (const mutant of mutants(plain, before, seed)) yield compressor.compress(mutant);
    },
  };
}

const DECODERS: readonly Decoder[] = [
  ...[2, 3, 4, 5].map((pickleVersion) => plainDecoder('pickle', SAMPLES['pickle']!, pickleVersion)),
  plainDecoder('json', SAMPLES['json']!),
  plainDecoder('msgpack', SAMPLES['msgpack']!),
  ...['zlib', 'gzip', 'lzma', 'lz4', 'zstd'].flatMap((compressor) =>
    Object.keys(SAMPLES).map((name) => compressedDecoder(name, compressor)),
  ),
];

const total = { runs: 0, refused: 0, slowestMs: 0, peakBytes: 0 };
afterAll(() => {
  process.stdout.write(
    `HOSTILE_SEED=${SEEDS.join(', ')}: ${total.refused} of ${total.runs} changed strings refused, slowest ${total.slowestMs.toFixed(1)} ms ` +
      `of CPU time, most ${(total.peakBytes / 1e6).toFixed(1)} MB\n`,
  );
});

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** How one decode ended; throws what is no CodecError with its place. */
function refuses({ codec }: Decoder, mutant: Buffer): boolean {
  try {
    codec.decode(mutant, PLACE);
    return false;
  } catch (error) {
    if (!(error instanceof CodecError) || error.key !== PLACE.key || error.alias !== PLACE.alias) throw error;
    return true;
  }
}

describe.each(SEEDS)('strings that were something once (seed %i)', (seed) => {
  it.each(DECODERS)(`${RUNS} of $name are read, or end in a CodecError, soon and in little memory`, (decoder) => {
    let [refused, slowestMs, peakBytes] = [0, 0, 0];
    for (const mutant of decoder.stored(seed)) {
      const [before, started] = [memory(), process.cpuUsage()];
      if (refuses(decoder, mutant)) refused++;
      const { user, system } = process.cpuUsage(started);
      slowestMs = Math.max(slowestMs, (user + system) / 1000);
      peakBytes = Math.max(peakBytes, memory() - before);
    }
    expect(refused).toBeGreaterThan(RUNS / 20);
    expect(slowestMs).toBeLessThan(SLOW_MS);
    expect(peakBytes).toBeLessThan(MOST_MEMORY);
    total.runs += RUNS;
    total.refused += refused;
    total.slowestMs = Math.max(total.slowestMs, slowestMs);
    total.peakBytes = Math.max(total.peakBytes, peakBytes);
  });
});
