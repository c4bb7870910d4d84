import type { Compressor } from '../ports/compressor.js';
import { damaged, holdsTooMuch } from './compressor-errors.js';
import { loadPeer } from './optional-peer.js';
import { isXz, measureXz } from './xz-stream.js';

/** What we use of lzma-native: its streams as they are in C, which work at once when told so. */
export interface LzmaLibrary {
  readonly CHECK_CRC64: number;
  readonly Stream: new () => LzmaStream;
}

export interface LzmaStream {
  bufferHandler: (output: Buffer | null, finishedChunks: number | null | undefined, error: Error | null | undefined) => void;
  easyEncoder(options: { readonly preset: number; readonly check: number }): void;
  streamDecoder(options: { readonly memlimit: number; readonly flags: number }): void;
  code(input: Buffer | null, asynchronous: boolean): void;
  resetUnderlying(): void;
}

const PEER = 'lzma-native';
const MIN_LENGTH = 100;
const PRESET = 4;
/** The largest dictionary that is read, and what a decoder needs beside it. */
const MEMORY_LIMIT = 80 * 1024 * 1024;
const CONCATENATED = 0x08;

/**
 * Creates django-redis' LzmaCompressor: an XZ container of preset 4 with CRC64, from 101 bytes on; the bytes
 * are Python's own. Throws a MissingPeerError without lzma-native.
 */
export function createLzmaCompressor(library = loadPeer<LzmaLibrary>(PEER)): Compressor {
  return {
    compress(bytes) {
      if (bytes.length <= MIN_LENGTH) return bytes;
      return run(library, bytes, (stream) => stream.easyEncoder({ preset: PRESET, check: library.CHECK_CRC64 }));
    },
    decompress(bytes, maxBytes) {
      if (!isXz(bytes)) return undefined;
      const { end, contentBytes } = measured(bytes, maxBytes);
      if (contentBytes > maxBytes) throw holdsTooMuch('XZ', maxBytes);
      const decoder = { memlimit: MEMORY_LIMIT, flags: CONCATENATED };
      try {
        return run(library, bytes.subarray(0, end), (stream) => stream.streamDecoder(decoder));
      } catch (error) {
        throw damaged('XZ', 'they are changed', error);
      }
    },
  };
}

/** Whether it is lzma-native. */
export function isLzmaLibrary(module: unknown): module is LzmaLibrary {
  const { Stream, CHECK_CRC64 } = (module ?? {}) as Partial<LzmaLibrary>;
  return typeof Stream === 'function' && typeof CHECK_CRC64 === 'number';
}

/** One run through liblzma, without waiting. */
function run(library: LzmaLibrary, input: Buffer, prepare: (stream: LzmaStream) => void): Buffer {
  const output: Buffer[] = [];
  const failures: Error[] = [];
  const stream = new library.Stream();
  stream.bufferHandler = (bytes, _finishedChunks, error) => {
    if (error) failures.push(error);
    else if (bytes) output.push(bytes);
  };
  try {
    prepare(stream);
    stream.code(input, false);
    stream.code(null, false);
  } finally {
    stream.resetUnderlying();
  }
  if (failures[0]) throw failures[0];
  return Buffer.concat(output);
}

function measured(bytes: Buffer, maxBytes: number): ReturnType<typeof measureXz> {
  try {
    return measureXz(bytes, maxBytes);
  } catch (error) {
    throw damaged('XZ', (error as RangeError).message);
  }
}
