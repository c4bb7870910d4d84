import { KIND } from './kind.js';

/** A Python `collections.OrderedDict`: a Map that is written back as one. */
export class OrderedDict<K = unknown, V = unknown> extends Map<K, V> {
  static override get [Symbol.species](): MapConstructor {
    return Map;
  }

  get [KIND](): 'ordered-dict' {
    return 'ordered-dict';
  }
}
