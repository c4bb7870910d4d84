import { KIND, knowByKind } from './kind.js';

/** One way only to match any text: a second one would be tried at every digit of a long wrong text. */
const FINITE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,19})?$/;
const SPECIAL = /^[+-]?(?:inf(?:inity)?|s?nan\d*)$/i;

/**
 * A Python `decimal.Decimal`; it keeps its exact text (`1.10` stays `1.10`) and does no arithmetic: hand
 * `value` to a library of your choice. Throws a RangeError for text that is no decimal number; `Infinity` and
 * `NaN` are.
 */
export class Decimal {
  static {
    knowByKind(this, 'decimal');
  }

  /** The exact text, sign and trailing zeros included. */
  readonly value: string;

  constructor(value: string | number | bigint) {
    const text = String(value);
    if (!FINITE.test(text) && !SPECIAL.test(text)) throw new RangeError('Decimal: expected decimal digits, Infinity or NaN.');
    this.value = text;
    Object.freeze(this);
  }

  get [KIND](): 'decimal' {
    return 'decimal';
  }

  /** Returns the nearest JavaScript number. */
  toNumber(): number {
    if (FINITE.test(this.value)) return Number(this.value);
    if (/nan/i.test(this.value)) return NaN;
    return this.value.startsWith('-') ? -Infinity : Infinity;
  }

  /** Returns `value`. */
  toString(): string {
    return this.value;
  }

  /** Returns `value`: JSON gets a string, which loses no digit. */
  toJSON(): string {
    return this.value;
  }
}
