import { types } from 'node:util';
import { rememberOrder, setField, startsWithDigit, type StringDict } from '../../values/dict.js';
import type { PickleScope } from './pickle-scope.js';
import type { PickleStack } from './pickle-stack.js';

/**
 * The dicts of one run over a pickle.
 *
 * A dict is born before its keys are known, and may be referred to by then. So the first run makes plain objects and notes the dicts that
 * turn out to have other keys than strings; if there are any, a second run makes those Maps from the start.
 */
export class PickleDicts {
  private readonly born: object[] = [];
  private readonly noted = new Set<object>();
  private readonly keyOrders = new Map<StringDict, string[]>();

  constructor(
    private readonly scope: PickleScope,
    private readonly maps: ReadonlySet<number>,
  ) {}

  create(): object {
    const dict = this.maps.size !== 0 && this.maps.has(this.born.length) ? new Map<unknown, unknown>() : {};
    this.born.push(dict);
    return dict;
  }

  /** Moves the keys and values from an index on into the dict below them. */
  fill(stack: PickleStack, start: number): void {
    const dict = stack.below(start);
    const { items } = stack;
    if ((items.length - start) % 2 !== 0) throw new RangeError('a key has no value');
    if (isPlain(dict)) this.setFields(dict, items, start);
    else if (types.isMap(dict)) {
      for (let at = start; at < items.length; at += 2) {
        this.scope.checkHashable(items[at]);
        dict.set(items[at], items[at + 1]);
      }
    } else throw new RangeError('an item is set in no dict');
    items.length = start;
  }

  /** The dicts, by the order of their birth, that a second run has to make Maps; `undefined` when there is none. */
  finish(): ReadonlySet<number> | undefined {
    for (const [dict, keys] of this.keyOrders) rememberOrder(dict, keys);
    if (this.noted.size === 0) return undefined;
    const maps = new Set<number>();
    this.born.forEach((dict, index) => this.noted.has(dict) && maps.add(index));
    return maps;
  }

  private setFields(dict: StringDict, items: readonly unknown[], start: number): void {
    for (let at = start; at < items.length; at += 2) {
      const key = items[at];
      if (typeof key !== 'string') {
        this.scope.checkHashable(key);
        this.noted.add(dict);
      } else {
        if (startsWithDigit(key) && !this.keyOrders.has(dict)) this.keyOrders.set(dict, Object.keys(dict));
        if (this.keyOrders.size !== 0) this.keyOrders.get(dict)?.push(key);
        setField(dict, key, items[at + 1]);
      }
    }
  }
}

/** Whether the value is a dict that was made a plain object. */
export function isPlain(value: unknown): value is StringDict {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
