import { KIND } from './kind.js';

/**
 * A Python tuple: an Array that remembers it, so that writing it back keeps it a tuple.
 *
 * `map`, `filter` and the like give plain arrays. As with every Array class, `new Tuple(3)` has three holes: use `Tuple.of`, `Tuple.from`.
 *
 * @example
 * await cache.set('point', Tuple.of(1, 2)); // Python reads (1, 2)
 */
export class Tuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static override of<Items extends unknown[]>(...items: Items): Tuple<Items[number]> {
    const tuple = new Tuple<Items[number]>();
    for (const item of items) tuple.push(item);
    return tuple;
  }

  get [KIND](): 'tuple' {
    return 'tuple';
  }
}
