import { KIND, knowByKind } from './kind.js';

/** A Python `collections.OrderedDict`: a Map that is written back as one. */
export class OrderedDict<K = unknown, V = unknown> extends Map<K, V> {
  static {
    knowByKind(this, 'ordered-dict');
  }

  static override get [Symbol.species](): MapConstructor {
    return Map;
  }

  get [KIND](): 'ordered-dict' {
    return 'ordered-dict';
  }
}
