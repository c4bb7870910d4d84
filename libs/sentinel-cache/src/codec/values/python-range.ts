import { KIND, knowByKind } from './kind.js';

/**
 * A Python `range`; iterates over its numbers. Throws a RangeError when `step` is 0 or a bound is no whole
 * number.
 */
export class PythonRange {
  static {
    knowByKind(this, 'range');
  }

  /** The first number: any whole number, a bigint past 2^53. */
  readonly start: number | bigint;
  /** The end, itself not part of the range. */
  readonly stop: number | bigint;
  /** The distance from one number to the next: negative to count down, never 0. */
  readonly step: number | bigint;

  constructor(start: number | bigint, stop: number | bigint, step: number | bigint = 1) {
    for (const bound of [start, stop, step]) {
      if (typeof bound !== 'bigint' && !Number.isSafeInteger(bound)) throw new RangeError('PythonRange: expected whole numbers.');
    }
    if (step === 0 || step === 0n) throw new RangeError('PythonRange: expected a step other than 0.');
    this.start = start;
    this.stop = stop;
    this.step = step;
    Object.freeze(this);
  }

  get [KIND](): 'range' {
    return 'range';
  }

  *[Symbol.iterator](): Generator<number | bigint> {
    const wide = [this.start, this.stop, this.step].some((bound) => typeof bound === 'bigint');
    const step = BigInt(this.step);
    const stop = BigInt(this.stop);
    for (let at = BigInt(this.start); step > 0n ? at < stop : at > stop; at += step) yield wide ? at : Number(at);
  }

  /** Returns Python's `str()`: `range(0, 10, 2)`. */
  toString(): string {
    return this.step === 1 || this.step === 1n
      ? `range(${this.start}, ${this.stop})`
      : `range(${this.start}, ${this.stop}, ${this.step})`;
  }
}
