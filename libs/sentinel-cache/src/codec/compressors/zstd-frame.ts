import { ByteWalk } from './byte-walk.js';

const MAGIC = Buffer.from('28b52ffd', 'hex');
const BLOCK_BYTES = 128 * 1024;
const SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_BYTES = [0, 1, 2, 4];
/** What a size of two bytes leaves out. */
const TWO_BYTE_OFFSET = 256;

export function isZstd(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** How much frames hold: exactly, when each of them says so; else at most. */
export interface ZstdBound {
  readonly contentBytes: number;
  readonly isExact: boolean;
}

/**
 * Counts how much the frames hold: what their headers say, and without that what their blocks may hold. A
 * decoder that gets room for that many bytes needs no more. Throws a RangeError for damaged frames, and for
 * what follows them.
 */
export function boundZstd(bytes: Buffer): ZstdBound {
  const walk = new ByteWalk(bytes);
  let contentBytes = 0;
  let isExact = true;
  while (walk.left > 0) {
    const magic = walk.uint(4);
    if (isSkippable(magic)) walk.skip(walk.uint(4));
    else if (magic === MAGIC.readUInt32LE()) {
      const frame = frameBound(walk);
      contentBytes += frame.contentBytes;
      isExact &&= frame.isExact;
    } else throw new RangeError('something else follows them');
  }
  return { contentBytes, isExact };
}

function isSkippable(magic: number): boolean {
  return Math.floor(magic / 16) === 0x0184d2a5;
}

function frameBound(walk: ByteWalk): ZstdBound {
  const flags = walk.uint(1);
  const isSingle = (flags & 0x20) !== 0;
  const sizeBytes = flags >> 6 === 0 && isSingle ? 1 : SIZE_BYTES[flags >> 6]!;
  walk.skip((isSingle ? 0 : 1) + DICTIONARY_BYTES[flags & 3]!);
  const claimed = walk.uint(sizeBytes) + (sizeBytes === 2 ? TWO_BYTE_OFFSET : 0);
  const blocks = blocksBound(walk);
  if (flags & 0x04) walk.skip(4);
  return sizeBytes === 0 ? { contentBytes: blocks, isExact: false } : { contentBytes: claimed, isExact: true };
}

function blocksBound(walk: ByteWalk): number {
  let total = 0;
  let header: number;
  do {
    header = walk.uint(3);
    const kind = (header >> 1) & 3;
    const size = header >> 3;
    if (kind === 3) throw new RangeError('a block is of no known kind');
    walk.skip(kind === 1 ? 1 : size);
    total += kind === 2 ? BLOCK_BYTES : size;
  } while ((header & 1) === 0);
  return total;
}
