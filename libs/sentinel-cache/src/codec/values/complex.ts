import { KIND, knowByKind } from './kind.js';

/** A Python `complex`. */
export class Complex {
  static {
    knowByKind(this, 'complex');
  }

  /** The real part: any number, NaN and the infinities included. */
  readonly re: number;
  /** The imaginary part: any number, NaN and the infinities included. */
  readonly im: number;

  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
    Object.freeze(this);
  }

  get [KIND](): 'complex' {
    return 'complex';
  }

  /** Returns Python's `str()`: `(1+2j)`. */
  toString(): string {
    const sign = this.im < 0 || Object.is(this.im, -0) ? '-' : '+';
    return `(${this.re}${sign}${Math.abs(this.im)}j)`;
  }
}
