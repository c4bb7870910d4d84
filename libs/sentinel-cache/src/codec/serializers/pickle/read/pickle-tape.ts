import { COST, type DecodeBudget } from '../../../budget/decode-budget.js';
import { ByteArray } from '../../../values/byte-array.js';
import { decodeLong, parseFloatLine, parseInteger } from '../scalars/pickle-integer.js';
import { decodeRawUnicodeEscape } from '../scalars/pickle-text.js';
import type { TextCache } from '../scalars/text-cache.js';

/** The longest line of protocol 0: names and numbers, no strings worth caching. */
const MAX_LINE = 65_536;
/** Most bytes copied by hand. */
const SHORT = 24;

/**
 * The bytes of a pickle, read from front to back. Declared lengths are checked against what is left before
 * anything is allocated.
 */
export class PickleTape {
  readonly length: number;
  /** How many bytes have been read. */
  at = 0;
  private noBytes: Buffer | undefined;

  constructor(
    private readonly bytes: Buffer,
    private readonly texts: TextCache,
    private readonly budget: DecodeBudget,
  ) {
    this.length = bytes.length;
    budget.follow(this);
  }

  /** Reads the next byte. Throws a RangeError at the end, as all the others do. */
  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('it ends too early');
    return byte;
  }

  uint16(): number {
    const { bytes } = this;
    const at = this.take(2);
    return bytes[at]! | (bytes[at + 1]! << 8);
  }

  int32(): number {
    const { bytes } = this;
    const at = this.take(4);
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** Reads PROTO. Throws a RangeError for a protocol newer than 5. */
  protocol(): void {
    if (this.byte() > 5) throw new RangeError('its protocol is newer than 5');
  }

  /** Reads FRAME, which says nothing that is needed, but must not promise more than there is. */
  frame(): void {
    if (this.uint64() > this.length - this.at) throw new RangeError('it ends too early');
  }

  /** Reads the bytes up to the next line feed, as ASCII or Latin-1. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end === -1 || end - this.at > MAX_LINE) throw new RangeError('a line does not end');
    const line = this.bytes.toString('latin1', this.at, end);
    this.at = end + 1;
    return line;
  }

  /** Returns the value that an opcode carries in itself; `none` when it is not such an opcode. */
  scalar(op: number, none: unknown): unknown {
    switch (op) {
      case 0x4e: // NONE
        return null;
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;
      case 0x47: // BINFLOAT
        this.budget.spend(COST.number);
        return this.bytes.readDoubleBE(this.take(8));
      case 0x58: // BINUNICODE
        return this.text(this.uint32());
      case 0x8a: // LONG1
        return this.long(this.byte());
      case 0x43: // SHORT_BINBYTES
        return this.copy(this.byte());
      default:
        return this.rare(op, none);
    }
  }

  private rare(op: number, none: unknown): unknown {
    switch (op) {
      case 0x42: // BINBYTES
        return this.copy(this.uint32());
      case 0x8e: // BINBYTES8
        return this.copy(this.uint64());
      case 0x96: // BYTEARRAY8
        return this.byteArray(this.uint64());
      case 0x8d: // BINUNICODE8
        return this.text(this.uint64());
      case 0x8b: // LONG4
        return this.long(this.uint32());
      case 0x55: // SHORT_BINSTRING, Python 2's str
        return this.ascii(this.byte());
      case 0x54: // BINSTRING
        return this.ascii(this.uint32());
      case 0x49: // INT
        return this.integerLine();
      case 0x4c: // LONG
        return parseInteger(this.line());
      case 0x46: // FLOAT
        return parseFloatLine(this.line());
      case 0x56: // UNICODE
        return this.escapedLine();
      default:
        return none;
    }
  }

  /** Reads the text of `length` bytes of UTF-8. */
  text(length: number): string {
    const start = this.take(length);
    return this.texts.read(this.bytes, start, this.at, this.budget);
  }

  private ascii(length: number): string {
    const start = this.take(length);
    this.budget.spend(COST.text + length);
    const text = this.bytes.toString('latin1', start, this.at);
    if (/[^\x00-\x7f]/.test(text)) throw new RangeError('a string of Python 2 is not ASCII');
    return text;
  }

  /** A copy: a slice would keep the whole reply alive, and let its owner change the value. */
  private copy(length: number): Buffer {
    // Nobody can change an empty one.
    if (length === 0) return (this.noBytes ??= Buffer.alloc(0));
    const start = this.take(length);
    this.budget.spend(COST.bytes + length);
    if (length > SHORT) return Buffer.from(this.bytes.subarray(start, this.at));
    const copy = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) copy[at] = this.bytes[start + at]!;
    return copy;
  }

  private byteArray(length: number): ByteArray {
    this.budget.spend(COST.bytes + length);
    return new ByteArray(this.copy(length));
  }

  private escapedLine(): string {
    const line = this.line();
    this.budget.spend(COST.text + 2 * line.length);
    return decodeRawUnicodeEscape(line);
  }

  private long(length: number): number | bigint {
    this.budget.spend(COST.bigint + length);
    return decodeLong(this.bytes, this.take(length), length);
  }

  private integerLine(): number | bigint | boolean {
    const line = this.line();
    return line === '00' ? false : line === '01' ? true : parseInteger(line);
  }

  private uint64(): number {
    const low = this.uint32();
    return this.uint32() * 4_294_967_296 + low;
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.length - start) throw new RangeError('it ends too early');
    this.at = start + length;
    return start;
  }
}
