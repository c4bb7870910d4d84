import { PickleBuffer } from './pickle-buffer.js';
import { encodeLong } from '../scalars/pickle-integer.js';
import { encodeSurrogates, hasLoneSurrogate } from '../scalars/pickle-text.js';

const FRAME_HEADER = 9;
const FRAME_SMALLEST = 4;
const FRAME_TARGET = 65_536;
/** Longest string written by hand: above it, one call into V8's own encoder is cheaper than a loop. */
const SHORT = 24;

/** The bytes of a pickle under way, with Python's framing and memo numbers. */
export class PickleOutput extends PickleBuffer {
  private frameStart = -1;
  private memoized = 0;

  constructor(private readonly protocol: number) {
    super();
  }

  start(): void {
    this.reset();
    this.memoized = 0;
    this.write2(0x80, this.protocol);
    this.openFrame();
  }

  /** Writes STOP, and returns the bytes of everything. */
  finish(): Buffer {
    this.byte(0x2e);
    this.closeFrame();
    return this.taken();
  }

  /** Takes back a MARK that turned out to have nothing above it. */
  unmark(): void {
    this.at--;
  }

  /** Returns a new number for what lies on top of the stack. */
  memoize(): number {
    const index = this.memoized++;
    if (this.protocol >= 4) this.byte(0x94);
    else this.indexed(0x71, 0x72, index);
    return index;
  }

  recall(index: number): void {
    this.indexed(0x68, 0x6a, index);
  }

  /** Writes a whole number that a double holds exactly. */
  integer(value: number): void {
    this.room(16);
    if (value >= 0 && value <= 0xff) this.write2(0x4b, value);
    else if (value >= 0 && value <= 0xffff) {
      this.write2(0x4d, value & 0xff);
      this.bytes[this.at++] = value >>> 8;
    } else if (value === (value | 0)) {
      this.bytes[this.at++] = 0x4a;
      this.write4(value);
    } else this.long(value);
  }

  bigint(value: bigint): void {
    const bytes = encodeLong(value);
    this.room(5);
    if (bytes.length < 256) this.write2(0x8a, bytes.length);
    else {
      this.bytes[this.at++] = 0x8b;
      this.write4(bytes.length);
    }
    this.raw(bytes);
  }

  float(value: number): void {
    this.room(9);
    this.bytes[this.at++] = 0x47;
    this.at = this.bytes.writeDoubleBE(value, this.at);
  }

  text(value: string): void {
    const length = value.length;
    const header = this.protocol >= 4 ? 2 : 5;
    if (length <= SHORT) {
      this.room(header + length);
      const { bytes } = this;
      let at = this.at + header;
      for (let index = 0; index < length; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) return this.longText(value);
        bytes[at++] = code;
      }
      this.textHeader(length);
      this.at = at;
    } else this.longText(value);
  }

  /**
   * Writes bytes behind an opcode for lengths up to 255 and one for longer ones; out of any frame when they
   * are big.
   */
  blob(shortOp: number, longOp: number, bytes: Buffer): void {
    const big = bytes.length >= FRAME_TARGET && this.protocol >= 4;
    if (big) this.closeFrame();
    this.room(5);
    if (bytes.length < 256) this.write2(shortOp, bytes.length);
    else {
      this.bytes[this.at++] = longOp;
      this.write4(bytes.length);
    }
    this.raw(bytes);
    if (big) this.openFrame();
  }

  /** Writes BYTEARRAY8. */
  byteArray(bytes: Buffer): void {
    const big = bytes.length >= FRAME_TARGET;
    if (big) this.closeFrame();
    this.room(FRAME_HEADER);
    this.bytes[this.at++] = 0x96;
    this.write4(bytes.length);
    this.write4(0);
    this.raw(bytes);
    if (big) this.openFrame();
  }

  /** Closes a full frame. To be called between two values. */
  boundary(): void {
    if (this.frameStart >= 0 && this.at - this.frameStart >= FRAME_TARGET + FRAME_HEADER) {
      this.closeFrame();
      this.openFrame();
    }
  }

  private longText(value: string): void {
    if (hasLoneSurrogate(value)) return this.encodedText(encodeSurrogates(value));
    const length = Buffer.byteLength(value);
    const big = length >= FRAME_TARGET && this.protocol >= 4;
    if (big) this.closeFrame();
    this.room(5 + length);
    this.textHeader(length);
    this.at += this.bytes.write(value, this.at, 'utf8');
    if (big) this.openFrame();
  }

  private encodedText(bytes: Buffer): void {
    const big = bytes.length >= FRAME_TARGET && this.protocol >= 4;
    if (big) this.closeFrame();
    this.room(5 + bytes.length);
    this.textHeader(bytes.length);
    this.raw(bytes);
    if (big) this.openFrame();
  }

  private textHeader(length: number): void {
    if (length < 256 && this.protocol >= 4) this.write2(0x8c, length);
    else {
      this.bytes[this.at++] = 0x58;
      this.write4(length);
    }
  }

  /**
   * LONG1 of a number beyond 32 bits: the low half as it is, of the high half as many bytes as the sign
   * needs.
   */
  private long(value: number): void {
    const lengthAt = this.at + 1;
    this.bytes[this.at] = 0x8a;
    this.at += 2;
    this.write4(value | 0);
    let high = Math.floor(value / 4_294_967_296);
    for (let signBit = this.bytes[this.at - 1]! & 0x80; high !== (signBit === 0 ? 0 : -1); high >>= 8) {
      signBit = high & 0x80;
      this.bytes[this.at++] = high & 0xff;
    }
    this.bytes[lengthAt] = this.at - lengthAt - 1;
  }

  private indexed(shortOp: number, longOp: number, index: number): void {
    this.room(5);
    if (index < 256) this.write2(shortOp, index);
    else {
      this.bytes[this.at++] = longOp;
      this.write4(index);
    }
  }

  private openFrame(): void {
    this.room(FRAME_HEADER);
    this.frameStart = this.protocol >= 4 ? this.at : -1;
    if (this.protocol >= 4) this.at += FRAME_HEADER;
  }

  private closeFrame(): void {
    if (this.frameStart < 0) return;
    const body = this.frameStart + FRAME_HEADER;
    const length = this.at - body;
    if (length < FRAME_SMALLEST) {
      this.bytes.copyWithin(this.frameStart, body, this.at);
      this.at -= FRAME_HEADER;
    } else {
      this.bytes[this.frameStart] = 0x95;
      this.bytes.writeUInt32LE(length, this.frameStart + 1);
      this.bytes.writeUInt32LE(0, this.frameStart + 5);
    }
    this.frameStart = -1;
  }
}
