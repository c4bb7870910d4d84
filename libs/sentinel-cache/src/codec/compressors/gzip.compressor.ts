import { gunzipSync, gzipSync } from 'node:zlib';
import type { Compressor } from '../ports/compressor.js';
import { damaged, holdsTooMuch } from './compressor-errors.js';
import { inflateOptions } from './inflate-options.js';

const MIN_LENGTH = 15;
const LEVEL = 9;
const MAGIC = Buffer.from('1f8b08', 'hex');
const SYSTEM_AT = 9;
const UNKNOWN_SYSTEM = 0xff;

/**
 * Creates django-redis' GzipCompressor: gzip of level 9, from 16 bytes on. The time in the header is 0 where
 * Python writes the current one: equal values are equal bytes.
 */
export function createGzipCompressor(): Compressor {
  return { compress, decompress };
}

function compress(bytes: Buffer): Buffer {
  if (bytes.length <= MIN_LENGTH) return bytes;
  const zipped = gzipSync(bytes, { level: LEVEL });
  zipped[SYSTEM_AT] = UNKNOWN_SYSTEM;
  return zipped;
}

function decompress(bytes: Buffer, maxBytes: number): Buffer | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  try {
    return gunzipSync(bytes, inflateOptions(bytes, maxBytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw holdsTooMuch('gzip', maxBytes);
    throw damaged('gzip', 'they are cut off or changed', error);
  }
}
