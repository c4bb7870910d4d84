/**
 * The hash that V8 gives numbers and bigints as keys of a Map or Set, in all versions of Node up to now: it
 * has no secret. Should a later V8 have one, this hash means nothing there, and does no harm: keys that meet
 * by it are then as rare as by any other.
 */
export class NumberHash {
  private readonly long = new BigUint64Array(1);
  private readonly double = new Float64Array(this.long.buffer);
  private readonly words = new Uint32Array(this.long.buffer);

  /** Returns a hash of 30 bits; of a bigint the lowest 64 bits are all that counts. */
  of(key: number | bigint): number {
    if (typeof key === 'number') {
      if ((key | 0) === key) return hashInt(key);
      this.double[0] = key;
    } else this.long[0] = key < 0n ? -key : key;
    return hashLong(this.words[0]!, this.words[1]!);
  }
}

const MASK = 0x3fff_ffff;
const WORD = 2 ** 32;

/** Thomas Wang's hash of 32 bits. */
function hashInt(key: number): number {
  let hash = (~key + (key << 15)) | 0;
  hash ^= hash >>> 12;
  hash = (hash + (hash << 2)) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  return (hash ^ (hash >>> 16)) & MASK;
}

/** Thomas Wang's hash of 64 bits, calculated in two words. */
function hashLong(low: number, high: number): number {
  // ~key + (key << 18)
  let sum = (~low >>> 0) + ((low << 18) >>> 0);
  let l = sum | 0;
  let h = (~high + ((high << 18) | (low >>> 14)) + (sum >= WORD ? 1 : 0)) | 0;
  // hash ^ (hash >> 31)
  l ^= (l >>> 31) | (h << 1);
  h ^= h >>> 31;
  // hash * 21
  sum = (l >>> 0) * 21;
  l = sum | 0;
  h = (Math.imul(h, 21) + Math.floor(sum / WORD)) | 0;
  // hash ^ (hash >> 11)
  l ^= (l >>> 11) | (h << 21);
  h ^= h >>> 11;
  // hash + (hash << 6)
  sum = (l >>> 0) + ((l << 6) >>> 0);
  h = (h + ((h << 6) | (l >>> 26)) + (sum >= WORD ? 1 : 0)) | 0;
  l = sum | 0;
  // hash ^ (hash >> 22)
  return (l ^ ((l >>> 22) | (h << 10))) & MASK;
}
