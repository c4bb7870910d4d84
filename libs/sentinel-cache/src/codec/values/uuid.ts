import { KIND, knowByKind } from './kind.js';

const TEXT = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/**
 * A Python `uuid.UUID`. `value` is the usual lower-case text with dashes; a plain string would come back to
 * Python as a `str`.
 */
export class Uuid {
  static {
    knowByKind(this, 'uuid');
  }

  /** Lower-case hexadecimal digits with dashes, 36 characters. */
  readonly value!: string;

  /** Throws a RangeError for anything but 32 hexadecimal digits, with or without dashes. */
  constructor(value: string) {
    const match = TEXT.exec(value);
    if (match === null) throw new RangeError('Uuid: expected 32 hexadecimal digits.');
    Uuid.finish(this, match.slice(1).join('-').toLowerCase());
  }

  /**
   * @internal An empty one: a pickle names the object before it tells its value. Must be given to `fill`
   *   before anyone sees it.
   */
  static blank(): Uuid {
    return Object.create(Uuid.prototype) as Uuid;
  }

  /**
   * @internal Gives a blank one its 128-bit number. Throws a RangeError for other numbers, a TypeError when
   *   it has one already.
   */
  static fill(blank: Uuid, number: bigint): void {
    if (number < 0n || number >= 1n << 128n) throw new RangeError('Uuid: expected a number of 128 bits.');
    const hex = number.toString(16).padStart(32, '0');
    Uuid.finish(blank, `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
  }

  private static finish(uuid: Uuid, value: string): void {
    Object.defineProperty(uuid, 'value', { value, enumerable: true });
    Object.freeze(uuid);
  }

  get [KIND](): 'uuid' {
    return 'uuid';
  }

  /** Returns `value`. */
  toString(): string {
    return this.value;
  }

  /** Returns `value`. */
  toJSON(): string {
    return this.value;
  }
}
