import { KIND, knowByKind } from './kind.js';

const TIMESTAMP = -1;
const TIMESTAMP_BYTES = [4, 8, 12];
const MOST_NANOSECONDS = 999_999_999;

/**
 * A MessagePack extension: what Python reads as `msgpack.ExtType`, or as `msgpack.Timestamp` for code -1.
 * Written back byte for byte.
 *
 * Throws a RangeError for a code outside 0 to 127 that is no timestamp, as Python does.
 */
export class MsgpackExtension {
  static {
    knowByKind(this, 'msgpack-extension');
  }

  /** 0 to 127, or -1 for a timestamp. */
  readonly code: number;
  /** The payload, a copy of what the constructor was given. 4, 8 or 12 bytes for a timestamp. */
  readonly data: Buffer;

  constructor(code: number, data: Uint8Array) {
    this.code = code;
    this.data = Buffer.from(data);
    if (code === TIMESTAMP) readTimestamp(this.data);
    else if (!Number.isInteger(code) || code < 0 || code > 127)
      throw new RangeError('an extension has a code that Python refuses');
    Object.freeze(this);
  }

  get [KIND](): 'msgpack-extension' {
    return 'msgpack-extension';
  }

  /**
   * Returns the moment of a timestamp, without its last six digits; undefined for other extensions, and for
   * what a Date can't hold.
   */
  toDate(): Date | undefined {
    if (this.code !== TIMESTAMP) return undefined;
    const { seconds, nanoseconds } = readTimestamp(this.data);
    const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
    return Number.isNaN(date.getTime()) ? undefined : date;
  }
}

/** The three layouts of MessagePack's timestamp. */
function readTimestamp(data: Buffer): { seconds: number; nanoseconds: number } {
  if (!TIMESTAMP_BYTES.includes(data.length)) throw new RangeError('a timestamp has a wrong length');
  if (data.length === 4) return { seconds: data.readUInt32BE(), nanoseconds: 0 };
  const packed = data.length === 8 ? data.readBigUInt64BE() : 0n;
  const nanoseconds = data.length === 8 ? Number(packed >> 34n) : data.readUInt32BE();
  const seconds = data.length === 8 ? Number(packed & 0x3_ffff_ffffn) : Number(data.readBigInt64BE(4));
  if (nanoseconds > MOST_NANOSECONDS) throw new RangeError('a timestamp has too many nanoseconds');
  return { seconds, nanoseconds };
}
