import { Unwritable } from '../unserializable-value.js';

const FIRST_ROOM = 256;
/** All that Redis holds under a key. */
const MOST_BYTES = 512 * 1024 * 1024;
const [ZERO, NINE] = [0x30, 0x39];
const LONGEST_HEADER = 9;
/** Half a surrogate pair on its own. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The bytes of a family: its shortest form with the length inside, then 8, 16 and 32 bits; 0 where there is
 * none.
 */
export interface Family {
  readonly fixed: number;
  readonly fixedMax: number;
  readonly bits8: number;
  readonly bits16: number;
  readonly bits32: number;
}

const STRING: Family = { fixed: 0xa0, fixedMax: 31, bits8: 0xd9, bits16: 0xda, bits32: 0xdb };
const BINARY: Family = { fixed: 0, fixedMax: -1, bits8: 0xc4, bits16: 0xc5, bits32: 0xc6 };
export const ARRAY: Family = { fixed: 0x90, fixedMax: 15, bits8: 0, bits16: 0xdc, bits32: 0xdd };
export const MAP: Family = { fixed: 0x80, fixedMax: 15, bits8: 0, bits16: 0xde, bits32: 0xdf };
const EXTENSION: Family = { fixed: 0, fixedMax: -1, bits8: 0xc7, bits16: 0xc8, bits32: 0xc9 };
/** Extensions of these lengths have a form of their own. */
const FIXED_EXTENSIONS = [1, 2, 4, 8, 16];

/** A growing buffer that knows MessagePack's forms, each as short as it goes. */
export class MsgpackOutput {
  private buffer = Buffer.allocUnsafe(FIRST_ROOM);
  private at = 0;

  /**
   * Returns the bytes. A single byte that stands for a digit in ASCII would be read as that raw integer: the
   * number in it is written in two.
   */
  finish(): Buffer {
    const [first = 0] = this.buffer;
    if (this.at === 1 && first >= ZERO && first <= NINE) return Buffer.from([0xcc, first]);
    return Buffer.from(this.buffer.subarray(0, this.at));
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.at++] = value;
  }

  integer(value: number): void {
    this.reserve(LONGEST_HEADER);
    if (value >= -32 && value <= 127) this.at = this.buffer.writeInt8(value > 127 ? value - 256 : value, this.at);
    else if (value >= 0) this.positive(value);
    else this.negative(value);
  }

  /** Writes an integer between -2^63 and 2^64 - 1, and beyond 2^53. */
  bigint(value: bigint): void {
    this.reserve(LONGEST_HEADER);
    this.buffer[this.at++] = value < 0n ? 0xd3 : 0xcf;
    this.at = value < 0n ? this.buffer.writeBigInt64BE(value, this.at) : this.buffer.writeBigUInt64BE(value, this.at);
  }

  float(value: number): void {
    this.reserve(LONGEST_HEADER);
    this.buffer[this.at++] = 0xcb;
    this.at = this.buffer.writeDoubleBE(value, this.at);
  }

  /** Throws an Unwritable for text that UTF-8 can't write, as Python does. */
  text(value: string): void {
    if (LONE_SURROGATE.test(value)) throw new Unwritable('it holds half a surrogate pair, which UTF-8 has no bytes for');
    const size = Buffer.byteLength(value);
    this.header(STRING, size);
    this.reserve(size);
    this.at += this.buffer.write(value, this.at);
  }

  bytes(value: Uint8Array): void {
    this.header(BINARY, value.length);
    this.append(value);
  }

  extension(code: number, data: Uint8Array): void {
    const fixed = FIXED_EXTENSIONS.indexOf(data.length);
    if (fixed === -1) this.header(EXTENSION, data.length);
    else this.byte(0xd4 + fixed);
    this.byte(code & 0xff);
    this.append(data);
  }

  /** Throws an Unwritable for what does not fit into 32 bits. */
  header(family: Family, length: number): void {
    this.reserve(LONGEST_HEADER);
    if (length <= family.fixedMax) this.buffer[this.at++] = family.fixed | length;
    else if (length <= 0xff && family.bits8 !== 0) {
      this.buffer[this.at++] = family.bits8;
      this.buffer[this.at++] = length;
    } else if (length <= 0xffff) {
      this.buffer[this.at++] = family.bits16;
      this.at = this.buffer.writeUInt16BE(length, this.at);
    } else if (length <= 0xffff_ffff) {
      this.buffer[this.at++] = family.bits32;
      this.at = this.buffer.writeUInt32BE(length, this.at);
    } else throw new Unwritable('it is too long for MessagePack');
  }

  private positive(value: number): void {
    if (value <= 0xff) {
      this.buffer[this.at++] = 0xcc;
      this.buffer[this.at++] = value;
    } else if (value <= 0xffff) {
      this.buffer[this.at++] = 0xcd;
      this.at = this.buffer.writeUInt16BE(value, this.at);
    } else if (value <= 0xffff_ffff) {
      this.buffer[this.at++] = 0xce;
      this.at = this.buffer.writeUInt32BE(value, this.at);
    } else this.bigint(BigInt(value));
  }

  private negative(value: number): void {
    if (value >= -0x80) {
      this.buffer[this.at++] = 0xd0;
      this.at = this.buffer.writeInt8(value, this.at);
    } else if (value >= -0x8000) {
      this.buffer[this.at++] = 0xd1;
      this.at = this.buffer.writeInt16BE(value, this.at);
    } else if (value >= -0x8000_0000) {
      this.buffer[this.at++] = 0xd2;
      this.at = this.buffer.writeInt32BE(value, this.at);
    } else this.bigint(BigInt(value));
  }

  private append(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  private reserve(count: number): void {
    if (this.at + count <= this.buffer.length) return;
    if (this.at + count > MOST_BYTES)
      throw new Unwritable('it takes more than 512 MiB, which is all that Redis holds under a key');
    const larger = Buffer.allocUnsafe(Math.max(Math.min(this.buffer.length * 2, MOST_BYTES), this.at + count));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}
