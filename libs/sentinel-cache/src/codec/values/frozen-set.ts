import { KIND, knowByKind } from './kind.js';

/** A Python frozenset: a Set that can't be changed; `add`, `delete` and `clear` throw a TypeError. */
export class FrozenSet<T = unknown> extends Set<T> {
  static {
    knowByKind(this, 'frozenset');
  }

  constructor(items: Iterable<T> = []) {
    super();
    for (const item of items) super.add(item);
  }

  static override get [Symbol.species](): SetConstructor {
    return Set;
  }

  get [KIND](): 'frozenset' {
    return 'frozenset';
  }

  override add(_item: T): never {
    throw new TypeError('FrozenSet: it can not be changed. Make a new one: new FrozenSet([...old, item]).');
  }

  override delete(_item: T): never {
    throw new TypeError('FrozenSet: it can not be changed. Make a new one from the items to keep.');
  }

  override clear(): never {
    throw new TypeError('FrozenSet: it can not be changed. Make a new one: new FrozenSet().');
  }
}
