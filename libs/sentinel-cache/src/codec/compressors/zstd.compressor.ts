import * as zlib from 'node:zlib';
import type { Compressor } from '../ports/compressor.js';
import { damaged, holdsTooMuch } from './compressor-errors.js';
import { boundZstd, isZstd } from './zstd-frame.js';
import { loadWasmZstd, type ZstdLibrary } from './zstd-wasm.js';

/** What Node 22.15 and 23.8 added to its zlib. */
interface ZlibWithZstd {
  readonly zstdCompressSync?: (bytes: Buffer) => Buffer;
  readonly zstdDecompressSync?: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;
}

const MIN_LENGTH = 15;

/**
 * Creates django-redis' ZStdCompressor: a zstd frame of the default level with its content size, from 16
 * bytes on. Node's own zstd; where Node has none, @foxglove/wasm-zstd: throws a MissingPeerError without it.
 */
export function createZstdCompressor(node: ZlibWithZstd = zlib as ZlibWithZstd): Compressor {
  const library = nodeZstd(node) ?? loadWasmZstd();
  return {
    compress: (bytes) => (bytes.length > MIN_LENGTH ? library.compress(bytes) : bytes),
    decompress(bytes, maxBytes) {
      if (!isZstd(bytes)) return undefined;
      const { contentBytes, isExact } = bounded(bytes);
      if (isExact && contentBytes > maxBytes) throw holdsTooMuch('zstd', maxBytes);
      try {
        return library.decompress(bytes, Math.min(contentBytes, maxBytes));
      } catch (error) {
        throw contentBytes > maxBytes ? holdsTooMuch('zstd', maxBytes) : damaged('zstd', 'they are changed', error);
      }
    },
  };
}

function nodeZstd({ zstdCompressSync, zstdDecompressSync }: ZlibWithZstd): ZstdLibrary | undefined {
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  return {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (bytes, room) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(room, 1) }),
  };
}

function bounded(bytes: Buffer): ReturnType<typeof boundZstd> {
  try {
    return boundZstd(bytes);
  } catch (error) {
    throw damaged('zstd', (error as RangeError).message);
  }
}
