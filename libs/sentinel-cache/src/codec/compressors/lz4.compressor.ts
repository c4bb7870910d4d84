import type { Compressor } from '../ports/compressor.js';
import { damaged, holdsTooMuch } from './compressor-errors.js';
import { isLz4Frame, measureLz4, withContentSize } from './lz4-frame.js';
import { loadPeer } from './optional-peer.js';

/** What we use of lz4-napi. */
export interface Lz4Library {
  compressFrameSync(bytes: Buffer): Buffer;
  decompressFrameSync(bytes: Buffer): Buffer;
}

const PEER = 'lz4-napi';
const MIN_LENGTH = 15;

/**
 * Creates django-redis' Lz4Compressor: an LZ4 frame with its content size, from 16 bytes on. Throws a
 * MissingPeerError without lz4-napi.
 */
export function createLz4Compressor(library = loadPeer<Lz4Library>(PEER)): Compressor {
  return {
    compress(bytes) {
      if (bytes.length <= MIN_LENGTH) return bytes;
      return withContentSize(library.compressFrameSync(bytes), bytes.length);
    },
    decompress(bytes, maxBytes) {
      if (!isLz4Frame(bytes)) return undefined;
      const { end, contentBytes } = measured(bytes, maxBytes);
      if (contentBytes > maxBytes) throw holdsTooMuch('LZ4', maxBytes);
      try {
        return library.decompressFrameSync(bytes.subarray(0, end));
      } catch (error) {
        throw damaged('LZ4', 'they are changed', error);
      }
    },
  };
}

/** Whether it is lz4-napi. */
export function isLz4Library(module: unknown): module is Lz4Library {
  const { compressFrameSync, decompressFrameSync } = (module ?? {}) as Partial<Lz4Library>;
  return typeof compressFrameSync === 'function' && typeof decompressFrameSync === 'function';
}

function measured(bytes: Buffer, maxBytes: number): ReturnType<typeof measureLz4> {
  try {
    return measureLz4(bytes, maxBytes);
  } catch (error) {
    throw damaged('LZ4', (error as RangeError).message);
  }
}
