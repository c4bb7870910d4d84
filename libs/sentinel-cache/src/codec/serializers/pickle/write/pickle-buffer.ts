import { Unwritable } from '../../unserializable-value.js';

/**
 * Where small dumps are written one behind the other, each a slice of it: as large as Node's own pool, so it
 * keeps no more alive than that does.
 */
const CHUNK_SIZE = 8192;
/** A larger dump gets bytes of its own: a slice would keep a chunk alive for it alone. */
const SLICE_SIZE = 4096;
/** A chunk with less room than this is left to the slices of it. */
const CHUNK_REST = 512;
/** A buffer that grew beyond this is given back after the dump. */
const KEPT_SIZE = 1_048_576;

/** The largest string of Redis. */
const MAX_SIZE = 536_870_912;

/** A growing buffer for one dump at a time. Holds no value afterwards. */
export class PickleBuffer {
  protected bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_SIZE);
  /** Where the next byte goes. */
  protected at = 0;
  private begin = 0;
  private chunk = this.bytes;
  /** What a dump moves to when the chunk gets too small for it. */
  private wide: Buffer | undefined;

  /** Forgets what an unfinished dump has left. */
  protected reset(): void {
    this.bytes = this.chunk;
    if (this.bytes.length - this.begin < CHUNK_REST) {
      this.bytes = this.chunk = Buffer.allocUnsafeSlow(CHUNK_SIZE);
      this.begin = 0;
    }
    this.at = this.begin;
  }

  /** What was written since the reset, as bytes that nothing else is written to. */
  protected taken(): Buffer {
    if (this.bytes === this.chunk && this.at - this.begin <= SLICE_SIZE) {
      const slice = this.bytes.subarray(this.begin, this.at);
      this.begin = this.at;
      return slice;
    }
    return Buffer.from(this.bytes.subarray(this.begin, this.at));
  }

  byte(byte: number): void {
    if (this.at === this.bytes.length) this.grow(1);
    this.bytes[this.at++] = byte;
  }

  raw(bytes: Buffer): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Two bytes, for which there has to be room. */
  protected write2(first: number, second: number): void {
    this.bytes[this.at++] = first;
    this.bytes[this.at++] = second;
  }

  /** A little-endian number of 32 bits, for which there has to be room. */
  protected write4(value: number): void {
    const { bytes } = this;
    bytes[this.at++] = value & 0xff;
    bytes[this.at++] = (value >>> 8) & 0xff;
    bytes[this.at++] = (value >>> 16) & 0xff;
    bytes[this.at++] = value >>> 24;
  }

  protected room(size: number): void {
    if (this.at + size > this.bytes.length) this.grow(size);
  }

  /** Moves the dump to a wider buffer, to the same offset. */
  private grow(size: number): void {
    const length = this.at + size;
    if (length > MAX_SIZE) throw new Unwritable('it takes more than 512 MiB, which is all that Redis holds under a key');
    const known = this.bytes === this.chunk ? this.wide : undefined;
    const wider =
      known !== undefined && known.length >= length ? known : Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, length));
    this.bytes.copy(wider, this.begin, this.begin, this.at);
    this.bytes = wider;
    this.wide = wider.length <= KEPT_SIZE ? wider : undefined;
  }
}
