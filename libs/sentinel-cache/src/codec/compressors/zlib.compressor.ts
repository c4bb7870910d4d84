import { deflateSync, inflateSync } from 'node:zlib';
import type { Compressor } from '../ports/compressor.js';
import { damaged, holdsTooMuch } from './compressor-errors.js';
import { inflateOptions } from './inflate-options.js';

const MIN_LENGTH = 15;
const LEVEL = 6;

/** Creates django-redis' ZlibCompressor: a zlib stream of level 6, from 16 bytes on. */
export function createZlibCompressor(): Compressor {
  return {
    compress: (bytes) => (bytes.length > MIN_LENGTH ? deflateSync(bytes, { level: LEVEL }) : bytes),
    decompress(bytes, maxBytes) {
      if (!mayBeZlib(bytes)) return undefined;
      try {
        return inflateSync(bytes, inflateOptions(bytes, maxBytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw holdsTooMuch('zlib', maxBytes);
        if (isSurelyZlib(bytes)) throw damaged('zlib', 'they are cut off or changed', error);
        return undefined;
      }
    },
  };
}

/**
 * RFC 1950: deflate, a window of at most 32 KiB, a check sum of two bytes, no dictionary. The JSON text
 * `80.5` starts like that too.
 */
function mayBeZlib(bytes: Buffer): boolean {
  const [method = 0, flags = 0] = bytes;
  return bytes.length > 1 && (method & 0x8f) === 0x08 && ((method << 8) | flags) % 31 === 0 && (flags & 0x20) === 0;
}

/** What zlib itself writes: the full window, and flags that no text has after an x. */
function isSurelyZlib(bytes: Buffer): boolean {
  return bytes[0] === 0x78 && bytes[1] !== 0x5e;
}
