import { ByteWalk } from './byte-walk.js';

const MAGIC = Buffer.from('fd377a585a00', 'hex');
const FOOTER_BYTES = 12;
const LZMA2 = 0x21;
/** The dictionary of `xz -9`, the largest preset; Django's preset 4 has 4 MiB. */
const MAX_DICTIONARY = 64 * 1024 * 1024;
/** Sizes of the checks 0 to 15, from the XZ format. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const MAX_VARINT_BYTES = 9;

export function isXz(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** Where the streams end, and how many bytes they hold. */
export interface XzContent {
  readonly end: number;
  readonly contentBytes: number;
}

/**
 * Counts how much XZ streams hold, added up from the headers of their LZMA2 chunks, which no decoder exceeds;
 * the sizes in the index are not believed. Takes no memory; stops at `maxBytes`. Throws a RangeError for
 * damaged streams, and for filters and dictionaries that Python's presets don't have.
 */
export function measureXz(bytes: Buffer, maxBytes: number): XzContent {
  const walk = new ByteWalk(bytes);
  let contentBytes = 0;
  while (walk.startsWith(MAGIC)) {
    walk.skip(MAGIC.length + 1);
    const checkBytes = CHECK_BYTES[walk.uint(1) & 0x0f]!;
    walk.skip(4);
    while (walk.left > 0 && bytes[walk.at] !== 0) {
      contentBytes += blockContent(walk, checkBytes, maxBytes - contentBytes);
      if (contentBytes > maxBytes) return { end: walk.at, contentBytes };
    }
    skipIndex(walk);
    walk.skip(FOOTER_BYTES);
  }
  return { end: walk.at, contentBytes };
}

function blockContent(walk: ByteWalk, checkBytes: number, maxBytes: number): number {
  skipBlockHeader(walk);
  const start = walk.at;
  let content = 0;
  for (let control = walk.uint(1); control !== 0; control = walk.uint(1)) {
    if (control > 2 && control < 0x80) throw new RangeError('a chunk is of no known kind');
    const low = (walk.uint(1) << 8) | walk.uint(1);
    if (control < 0x80) {
      content += low + 1;
      walk.skip(low + 1);
    } else {
      content += (((control & 0x1f) << 16) | low) + 1;
      const compressed = ((walk.uint(1) << 8) | walk.uint(1)) + 1;
      walk.skip(compressed + (control >= 0xc0 ? 1 : 0));
    }
    if (content > maxBytes) return content;
  }
  walk.skip(padding(walk.at - start) + checkBytes);
  return content;
}

function skipBlockHeader(walk: ByteWalk): void {
  const end = walk.at + (walk.bytes[walk.at]! + 1) * 4;
  walk.skip(1);
  const flags = walk.uint(1);
  if ((flags & 0x3f) !== 0) throw new RangeError('they use filters that Python does not by default');
  if (flags & 0x40) varint(walk);
  if (flags & 0x80) varint(walk);
  if (varint(walk) !== LZMA2 || varint(walk) !== 1) throw new RangeError('they use filters that Python does not by default');
  const bits = walk.uint(1);
  if (bits > 40 || dictionaryBytes(bits) > MAX_DICTIONARY) throw new RangeError('they ask for too large a dictionary');
  if (walk.at > end) throw new RangeError('a header is damaged');
  walk.skip(end - walk.at);
}

function dictionaryBytes(bits: number): number {
  return (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
}

function skipIndex(walk: ByteWalk): void {
  const start = walk.at;
  walk.skip(1);
  for (let records = varint(walk); records > 0; records--) {
    varint(walk);
    varint(walk);
  }
  walk.skip(padding(walk.at - start) + 4);
}

function varint(walk: ByteWalk): number {
  let value = 0;
  for (let index = 0; index < MAX_VARINT_BYTES; index++) {
    const byte = walk.uint(1);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value;
  }
  throw new RangeError('a number is damaged');
}

/** To the next multiple of four. */
function padding(length: number): number {
  return -length & 3;
}
