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
  private noted: Set<object> | undefined;
  private keyOrders: Map<StringDict, string[]> | undefined;

  constructor(
    private readonly scope: PickleScope,
    private readonly maps: ReadonlySet<number> | undefined,
  ) {}

  create(): object {
    const dict = this.maps !== undefined && this.maps.has(this.born.length) ? new Map<unknown, unknown>() : {};
    this.born.push(dict);
    return dict;
  }

  /** Moves the keys and values from an index on into the dict below them. */
  fill(stack: PickleStack, start: number): void {
    const dict = stack.below(start);
    if ((stack.top - start) % 2 !== 0) throw new RangeError('a key has no value');
    if (isPlain(dict)) this.setFields(dict, stack, start);
    else if (types.isMap(dict)) this.setEntries(dict, stack, start);
    else throw new RangeError('an item is set in no dict');
    stack.top = start;
  }

  /** The dicts, by the order of their birth, that a second run has to make Maps; `undefined` when there is none. */
  finish(): ReadonlySet<number> | undefined {
    const { noted } = this;
    if (this.keyOrders !== undefined) for (const [dict, keys] of this.keyOrders) rememberOrder(dict, keys);
    if (noted === undefined) return undefined;
    const maps = new Set<number>();
    this.born.forEach((dict, index) => noted.has(dict) && maps.add(index));
    return maps;
  }

  private setEntries(dict: Map<unknown, unknown>, { items, top }: PickleStack, start: number): void {
    for (let at = start; at < top; at += 2) {
      this.scope.checkHashable(items[at]);
      dict.set(items[at], items[at + 1]);
    }
  }

  private setFields(dict: StringDict, { items, top }: PickleStack, start: number): void {
    for (let at = start; at < top; at += 2) {
      const key = items[at];
      if (typeof key === 'string') {
        if (startsWithDigit(key) || this.keyOrders !== undefined) this.noteOrder(dict, key);
        setField(dict, key, items[at + 1]);
      } else {
        this.scope.checkHashable(key);
        (this.noted ??= new Set()).add(dict);
      }
    }
  }

  private noteOrder(dict: StringDict, key: string): void {
    const orders = (this.keyOrders ??= new Map<StringDict, string[]>());
    const order = orders.get(dict);
    if (order !== undefined) order.push(key);
    else if (startsWithDigit(key)) orders.set(dict, [...Object.keys(dict), key]);
  }
}

/** Whether the value is a dict that was made a plain object. */
export function isPlain(value: unknown): value is StringDict {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
