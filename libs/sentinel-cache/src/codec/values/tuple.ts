import { KIND, knowByKind } from './kind.js';

/**
 * A Python tuple: an Array that remembers it, so that writing it back keeps it a tuple.
 *
 * `map`, `filter` and the like give plain arrays. As with every Array class, `new Tuple(3)` has three holes:
 * use `Tuple.of`, `Tuple.from`.
 *
 * @example
 * await cache.set('point', Tuple.of(1, 2)); // Python reads (1, 2)
 */
export class Tuple<T = unknown> extends Array<T> {
  static {
    knowByKind(this, 'tuple');
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static override of<Items extends unknown[]>(...items: Items): Tuple<Items[number]> {
    return asTuple<Items[number]>(items);
  }

  get [KIND](): 'tuple' {
    return 'tuple';
  }
}

/**
 * Turns an array, which nobody else holds, into a Tuple. Four times as fast as the constructor of an Array
 * class.
 */
export function asTuple<T>(items: T[]): Tuple<T> {
  return Object.setPrototypeOf(items, Tuple.prototype) as Tuple<T>;
}
