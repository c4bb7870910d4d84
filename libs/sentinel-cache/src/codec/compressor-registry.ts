import type { Compressor } from './ports/compressor.js';
import { createGzipCompressor } from './compressors/gzip.compressor.js';
import { IDENTITY } from './compressors/identity.compressor.js';
import { createLz4Compressor, isLz4Library } from './compressors/lz4.compressor.js';
import { createLzmaCompressor, isLzmaLibrary } from './compressors/lzma.compressor.js';
import { createZlibCompressor } from './compressors/zlib.compressor.js';
import { createZstdCompressor } from './compressors/zstd.compressor.js';
import { asNodeZstd, isWasmZstd } from './compressors/zstd-wasm.js';

/** A package that a compressor needs, as `import` gives it: lz4-napi, lzma-native or @foxglove/wasm-zstd. */
export type CompressorModule =
  | Readonly<Record<'compressFrameSync' | 'decompressFrameSync', (bytes: Buffer) => Buffer>>
  | Readonly<Record<'CHECK_CRC64' | 'Stream', unknown>>
  | Readonly<Record<'isLoaded' | 'compress' | 'decompress', unknown>>;

const FACTORIES: ReadonlyMap<string, () => Compressor> = new Map([
  ['identity', () => IDENTITY],
  ['zlib', createZlibCompressor],
  ['gzip', createGzipCompressor],
  ['lzma', () => createLzmaCompressor()],
  ['lz4', () => createLz4Compressor()],
  ['zstd', () => createZstdCompressor()],
  ['django_redis.compressors.identity.IdentityCompressor', () => IDENTITY],
  ['django_redis.compressors.zlib.ZlibCompressor', createZlibCompressor],
  ['django_redis.compressors.gzip.GzipCompressor', createGzipCompressor],
  ['django_redis.compressors.lzma.LzmaCompressor', () => createLzmaCompressor()],
  ['django_redis.compressors.lz4.Lz4Compressor', () => createLz4Compressor()],
  ['django_redis.compressors.zstd.ZStdCompressor', () => createZstdCompressor()],
]);

/** Every name that COMPRESSOR may have, short or Django's dotted path. */
export const COMPRESSOR_NAMES: readonly string[] = Object.freeze([...FACTORIES.keys()]);

/**
 * Finds a compressor by its short name or Django's dotted path; `undefined` for a name that is not in
 * COMPRESSOR_NAMES. Throws a MissingPeerError when the package that it needs is not installed.
 */
export function findCompressor(name: string): Compressor | undefined {
  return FACTORIES.get(name)?.();
}

/**
 * Makes the compressor over the module of a package that it needs (lz4-napi, lzma-native,
 * @foxglove/wasm-zstd); undefined for anything else.
 */
export function compressorOver(module: unknown): Compressor | undefined {
  try {
    return overLibrary(module) ?? overLibrary((module as { default?: unknown }).default);
  } catch {
    return undefined; // What throws when it is looked at is none of them.
  }
}

function overLibrary(library: unknown): Compressor | undefined {
  if (isLz4Library(library)) return createLz4Compressor(library);
  if (isLzmaLibrary(library)) return createLzmaCompressor(library);
  return isWasmZstd(library) ? createZstdCompressor(asNodeZstd(library)) : undefined;
}
