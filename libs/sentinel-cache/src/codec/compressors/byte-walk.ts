/** A walk through the headers of a compressed format. Throws a RangeError where the bytes end too early. */
export class ByteWalk {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  /**
   * Reads an unsigned integer of `size` bytes, the lowest first. Exact up to 2^53: beyond, near enough to be
   * refused.
   */
  uint(size: number): number {
    this.need(size);
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + this.bytes[this.at + index]!;
    this.at += size;
    return value;
  }

  skip(count: number): void {
    this.need(count);
    this.at += count;
  }

  /** Whether these bytes come next. */
  startsWith(magic: Buffer): boolean {
    return this.bytes.subarray(this.at, this.at + magic.length).equals(magic);
  }

  private need(count: number): void {
    if (count > this.left) throw new RangeError('they are cut off');
  }
}
