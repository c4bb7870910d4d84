import { ByteWalk } from './byte-walk.js';

const MAGIC = Buffer.from('04224d18', 'hex');
const HEADER_AT = MAGIC.length;
const CONTENT_SIZE_BYTES = 8;
const VERSION = 0x40;
const RAW_BLOCK = 0x8000_0000;
const SHORTEST_MATCH = 4;

/** Where the frame ends, and how many bytes it holds. */
export interface Lz4Frame {
  readonly end: number;
  readonly contentBytes: number;
}

export function isLz4Frame(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * Counts how much a frame holds, token by token: what its header says is not believed. Takes no memory;
 * stops at `maxBytes`. Throws a RangeError for a damaged frame.
 */
export function measureLz4(bytes: Buffer, maxBytes: number): Lz4Frame {
  const walk = new ByteWalk(bytes, HEADER_AT);
  const flags = walk.uint(1);
  if ((flags & 0xc0) !== VERSION) throw new RangeError('their version is unknown');
  walk.skip(1);
  const claimed = flags & 0x08 ? walk.uint(CONTENT_SIZE_BYTES) : undefined;
  walk.skip((flags & 0x01 ? 4 : 0) + 1);
  let contentBytes = 0;
  if (claimed !== undefined && claimed > maxBytes) return { end: walk.at, contentBytes: claimed };
  for (let size = walk.uint(4); size !== 0; size = walk.uint(4)) {
    const length = size % RAW_BLOCK;
    const start = walk.at;
    walk.skip(length);
    contentBytes += size >= RAW_BLOCK ? length : blockContent(bytes, start, walk.at);
    if (contentBytes > maxBytes) return { end: walk.at, contentBytes };
    if (flags & 0x10) walk.skip(4);
  }
  if (flags & 0x04) walk.skip(4);
  if (claimed !== undefined && claimed !== contentBytes) throw new RangeError('they hold another number of bytes than they say');
  return { end: walk.at, contentBytes };
}

function blockContent(bytes: Buffer, start: number, end: number): number {
  let content = 0;
  let at = start;
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble < 15) return total;
    let more = 255;
    while (more === 255) {
      if (at >= end) throw new RangeError('a block is cut off');
      more = bytes[at++]!;
      total += more;
    }
    return total;
  };
  while (at < end) {
    const token = bytes[at++]!;
    const literals = length(token >> 4);
    content += literals;
    at += literals;
    // The last sequence has no match.
    if (at >= end) break;
    at += 2;
    content += length(token & 0x0f) + SHORTEST_MATCH;
  }
  if (at !== end) throw new RangeError('a block is cut off');
  return content;
}

/** Returns the same frame with its content size in the header, as Python writes it. */
export function withContentSize(frame: Buffer, contentBytes: number): Buffer {
  const header = Buffer.alloc(2 + CONTENT_SIZE_BYTES);
  header[0] = frame[HEADER_AT]! | 0x08;
  header[1] = frame[HEADER_AT + 1]!;
  header.writeBigUInt64LE(BigInt(contentBytes), 2);
  const check = Buffer.from([(xxh32(header) >>> 8) & 0xff]);
  return Buffer.concat([MAGIC, header, check, frame.subarray(HEADER_AT + 3)]);
}

/** xxHash32 with seed 0 of fewer than 16 bytes: the check sum of a header. */
function xxh32(bytes: Buffer): number {
  const [prime1, prime2, prime3, prime4, prime5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
  let hash = (prime5 + bytes.length) | 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = (hash + Math.imul(bytes.readInt32LE(at), prime3)) | 0;
    hash = Math.imul((hash << 17) | (hash >>> 15), prime4);
  }
  for (; at < bytes.length; at++) {
    hash = (hash + Math.imul(bytes[at]!, prime5)) | 0;
    hash = Math.imul((hash << 11) | (hash >>> 21), prime1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return hash ^ (hash >>> 16);
}
