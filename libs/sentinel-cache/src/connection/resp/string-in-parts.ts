/**
 * Memory for a whole string is claimed when this part of it has arrived: a false length costs its sender a
 * quarter of it.
 */
const ARRIVED_PART = 1 / 4;
/** Shorter strings are joined at their end. */
const LEAST_ROOM_BYTES = 1024 * 1024;
/** A string has grown when this much of it has arrived, or a sixteenth where that is more. */
const LEAST_GROWTH_BYTES = 64 * 1024;
const GROWTH_PART = 1 / 16;
/** This many parts are joined to one, since a part costs more than its bytes. */
const MOST_PARTS = 256;

/** A string of known length that arrives in parts, and the CRLF after it. */
export class StringInParts {
  /** Bytes that are still to come. */
  missing: number;
  private readonly size: number;
  private parts: Buffer[] = [];
  private whole: Buffer | undefined;
  private grown = 0;

  constructor(
    length: number,
    /** Whether it is an error reply (`!` of RESP3). */
    readonly isError: boolean,
  ) {
    this.size = length + 2;
    this.missing = this.size;
  }

  /**
   * Takes the next part, at most `missing` bytes. Returns true when the string has grown by a sixteenth since
   * the last true.
   */
  add(part: Buffer): boolean {
    const at = this.size - this.missing;
    this.missing -= part.length;
    if (this.whole) part.copy(this.whole, at);
    else {
      this.parts.push(part);
      if (this.size > LEAST_ROOM_BYTES && at + part.length >= this.size * ARRIVED_PART) this.makeRoom();
      else if (this.parts.length >= MOST_PARTS) this.parts = [Buffer.concat(this.parts)];
    }
    this.grown += part.length;
    if (this.grown < Math.max(LEAST_GROWTH_BYTES, this.size * GROWTH_PART)) return false;
    this.grown = 0;
    return true;
  }

  /** Returns the string when nothing is missing; undefined when it does not end with CRLF. */
  end(): Buffer | undefined {
    const bytes = this.whole ?? Buffer.concat(this.parts, this.size);
    const length = this.size - 2;
    return bytes[length] === 13 && bytes[length + 1] === 10 ? bytes.subarray(0, length) : undefined;
  }

  private makeRoom(): void {
    this.whole = Buffer.allocUnsafeSlow(this.size);
    let at = 0;
    for (const part of this.parts) at += part.copy(this.whole, at);
    this.parts = [];
  }
}
