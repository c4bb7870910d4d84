import { readFileSync } from 'node:fs';
import { loadPeer, locatePeer } from './optional-peer.js';

/** zstd from wherever it comes. Both throw. */
export interface ZstdLibrary {
  compress(bytes: Buffer): Buffer;
  /** `room`: the result is no longer than this. */
  decompress(bytes: Buffer, room: number): Buffer;
}

/** What we use of WebAssembly, which is no part of Node's types. */
interface WasmApi {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => WasmInstance;
}

interface WasmInstance {
  readonly exports: object;
}

/**
 * libzstd as @foxglove/wasm-zstd exports it: addresses are offsets into the heap, 0 is null, a negative
 * result a failure.
 */
interface ZstdModule {
  instantiateWasm: (imports: object, done: (instance: WasmInstance) => void) => object;
  /** Another one whenever the heap has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(address: number): void;
  _compressBound(size: number): number;
  _compress(target: number, room: number, source: number, size: number, level: number): number;
  _decompress(target: number, room: number, source: number, size: number): number;
}

const PEER = '@foxglove/wasm-zstd';
/** What libzstd and Python call the default. */
const LEVEL = 3;

/**
 * Loads zstd for a Node that has none. Instantiated in place, since caches are made without waiting. Throws a
 * MissingPeerError.
 */
export function loadWasmZstd(): ZstdLibrary {
  const create = loadPeer<(module: Pick<ZstdModule, 'instantiateWasm'>) => unknown>(PEER, '/dist/wasm-zstd.js');
  const binary = readFileSync(locatePeer(PEER, '/dist/wasm-zstd.wasm'));
  const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WasmApi };
  const given: Pick<ZstdModule, 'instantiateWasm'> = {
    instantiateWasm(imports, done) {
      const instance = new wasm.Instance(new wasm.Module(binary), imports);
      done(instance);
      return instance.exports;
    },
  };
  create(given);
  const zstd = given as ZstdModule;
  return {
    compress: (bytes) =>
      convert(zstd, bytes, zstd._compressBound(bytes.length), (target, room, source) =>
        zstd._compress(target, room, source, bytes.length, LEVEL),
      ),
    decompress: (bytes, room) =>
      convert(zstd, bytes, room, (target, size, source) => zstd._decompress(target, size, source, bytes.length)),
  };
}

/** What its own callers get of @foxglove/wasm-zstd; works from when `isLoaded` is kept. */
export interface WasmZstd {
  readonly isLoaded: Promise<unknown>;
  compress(bytes: Buffer, level: number): Buffer;
  decompress(bytes: Buffer, room: number): Buffer;
}

/** Whether it is @foxglove/wasm-zstd. */
export function isWasmZstd(module: unknown): module is WasmZstd {
  const { isLoaded, compress, decompress } = (module ?? {}) as Partial<WasmZstd>;
  return typeof isLoaded?.then === 'function' && typeof compress === 'function' && typeof decompress === 'function';
}

/** Wraps it under the names of Node's own zstd. */
export function asNodeZstd(module: WasmZstd): {
  readonly zstdCompressSync: (bytes: Buffer) => Buffer;
  readonly zstdDecompressSync: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;
} {
  return {
    zstdCompressSync: (bytes) => module.compress(bytes, LEVEL),
    zstdDecompressSync: (bytes, { maxOutputLength }) => module.decompress(bytes, maxOutputLength),
  };
}

function convert(
  zstd: ZstdModule,
  bytes: Buffer,
  room: number,
  work: (target: number, room: number, source: number) => number,
): Buffer {
  const source = zstd._malloc(Math.max(bytes.length, 1));
  const target = zstd._malloc(Math.max(room, 1));
  try {
    if (source === 0 || target === 0) throw new RangeError('zstd has no memory left');
    zstd.HEAPU8.set(bytes, source);
    const length = work(target, room, source);
    if (length < 0) throw new RangeError('zstd refused them');
    return Buffer.from(zstd.HEAPU8.subarray(target, target + length));
  } finally {
    zstd._free(source);
    zstd._free(target);
  }
}
