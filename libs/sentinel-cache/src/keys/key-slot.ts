/** Number of slots in a Redis Cluster. */
export const SLOTS = 16_384;

const OPEN = 0x7b;
const CLOSE = 0x7d;
const POLYNOMIAL = 0x1021;

/** CRC16/XMODEM of each byte. */
const TABLE: readonly number[] = Object.freeze(
  Array.from({ length: 256 }, (_each, byte) => {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    return crc & 0xffff;
  }),
);

/**
 * Returns the slot of a stored key by Redis Cluster's rule: CRC16 of its bytes, modulo 16384. Where something
 * stands between the first `{` and the next `}` (a hash tag), that alone counts.
 */
export function keySlot(key: string | Buffer): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  const [first, end] = hashTag(bytes) ?? [0, bytes.length];
  return crc16(bytes, first, end) % SLOTS;
}

/** Whether a part of a stored key alone decides its slot. */
export function hasHashTag(key: string): boolean {
  return hashTag(Buffer.from(key)) !== undefined;
}

/** Returns CRC16/XMODEM of bytes. */
export function crc16(bytes: Buffer, first = 0, end = bytes.length): number {
  let crc = 0;
  for (let i = first; i < end; i += 1) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ bytes[i]!]!;
  return crc;
}

function hashTag(bytes: Buffer): readonly [first: number, end: number] | undefined {
  const open = bytes.indexOf(OPEN);
  const close = open < 0 ? -1 : bytes.indexOf(CLOSE, open + 1);
  return close > open + 1 ? [open + 1, close] : undefined;
}
