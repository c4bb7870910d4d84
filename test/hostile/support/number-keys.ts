/**
 * Numbers that meet in one place of a table of V8's. It hashes 32 and 64 bits with Thomas Wang's functions, each step of which can be undone:
 * whoever wants a hash calculates the number.
 */
const U32 = 0xffff_ffffn;
const U64 = 0xffff_ffff_ffff_ffffn;

function inverse(odd: bigint, mask: bigint): bigint {
  let found = odd;
  for (let round = 0; round < 6; round++) found = (found * (2n - odd * found)) & mask;
  return found;
}

function unshift(hash: bigint, by: bigint, bits: bigint): bigint {
  let key = hash;
  for (let known = by; known < bits; known += by) key = hash ^ (key >> by);
  return key;
}

function intOf(hash: bigint): number {
  let key = unshift(hash, 16n, 32n);
  key = (key * inverse(2057n, U32)) & U32;
  key = unshift(key, 4n, 32n);
  key = (key * inverse(5n, U32)) & U32;
  key = unshift(key, 12n, 32n);
  return Number(((key + 1n) * inverse((1n << 15n) - 1n, U32)) & U32) | 0;
}

function longOf(hash: bigint): bigint {
  let key = unshift(hash, 22n, 64n);
  key = (key * inverse(65n, U64)) & U64;
  key = unshift(key, 11n, 64n);
  key = (key * inverse(21n, U64)) & U64;
  key = unshift(key, 31n, 64n);
  return ((key + 1n) * inverse((1n << 18n) - 1n, U64)) & U64;
}

/** Different ints of 32 bits; the lower 14 bits of their hashes are 0. */
export function meetingInts(count: number): number[] {
  return Array.from({ length: count }, (_, index) => intOf((BigInt(index) << 14n) & U32));
}

/** Different bigints of 64 bits; the lower 30 bits of their hashes are 0. */
export function meetingBigints(count: number): bigint[] {
  // One in sixteen is too short to be sure to be a bigint.
  return Array.from({ length: Math.ceil(count * 1.1) }, (_, index) => longOf(BigInt(index + 1) << 30n))
    .filter((key) => key > 1n << 60n)
    .slice(0, count);
}

/** Different floats; the lower 30 bits of their hashes are 0. */
export function meetingFloats(count: number): number[] {
  const bytes = Buffer.alloc(8);
  return meetingBigints(2 * count)
    .map((bits) => {
      bytes.writeBigUInt64BE(bits);
      return bytes.readDoubleBE();
    })
    .filter((float) => Number.isFinite(float) && !Number.isInteger(float))
    .slice(0, count);
}
