import { oneObject } from '../../copies/one-object.js';
import { KIND, knowByKind } from './kind.js';

/** The type of Python's `...`; its one value is `ELLIPSIS`. */
export class Ellipsis {
  static {
    knowByKind(this, 'ellipsis');
  }

  get [KIND](): 'ellipsis' {
    return 'ellipsis';
  }

  /** Returns Python's `str()`: `Ellipsis`. */
  toString(): string {
    return 'Ellipsis';
  }
}

/** Python's `...`. */
export const ELLIPSIS: Ellipsis = oneObject('ellipsis', () => Object.freeze(new Ellipsis()));
