import { KIND } from './kind.js';

/** A Python `complex`. */
export class Complex {
  readonly re: number;
  readonly im: number;

  constructor(re: number, im: number) {
    this.re = re;
    this.im = im;
    Object.freeze(this);
  }

  get [KIND](): 'complex' {
    return 'complex';
  }

  toString(): string {
    const sign = this.im < 0 || Object.is(this.im, -0) ? '-' : '+';
    return `(${this.re}${sign}${Math.abs(this.im)}j)`;
  }
}
