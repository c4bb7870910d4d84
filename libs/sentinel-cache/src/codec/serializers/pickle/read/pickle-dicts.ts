import { types } from 'node:util';
import { COST } from '../../../budget/decode-budget.js';
import { DictShapes, type DictShape } from '../../../budget/dict-shapes.js';
import {
  isFarIndex,
  keepIndicesInTable,
  rememberOrder,
  setField,
  startsWithDigit,
  type StringDict,
} from '../../../values/dict.js';
import type { PickleScope } from './pickle-scope.js';
import type { PickleStack } from './pickle-stack.js';

/**
 * The dicts of one run over a pickle.
 *
 * A dict is born before its keys are known, and may be referred to by then. So the first run makes plain
 * objects and notes the dicts that turn out to have other keys than strings; if there are any, a second run
 * makes those Maps from the start.
 */
export class PickleDicts {
  private readonly born: object[] = [];
  private noted: Set<object> | undefined;
  private keyOrders: Map<StringDict, KeyOrder> | undefined;
  private readonly shapes: DictShapes;
  /** Dicts that came back to be filled further. */
  private halfFilled: Set<StringDict> | undefined;
  private lastFilled: StringDict | undefined;
  private lastShape: DictShape;

  constructor(
    private readonly scope: PickleScope,
    length: number,
    private readonly maps: ReadonlySet<number> | undefined,
  ) {
    this.shapes = new DictShapes(scope.budget, length);
  }

  create(): object {
    const isMap = this.maps !== undefined && this.maps.has(this.born.length);
    this.scope.budget.spend(isMap ? COST.collection : COST.dict);
    const dict = isMap ? new Map<unknown, unknown>() : {};
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

  /**
   * Returns the dicts, by the order of their birth, that a second run has to make Maps; `undefined` when
   * there is none.
   */
  finish(): ReadonlySet<number> | undefined {
    const { noted } = this;
    if (this.keyOrders !== undefined) for (const [dict, { keys }] of this.keyOrders) rememberOrder(dict, keys);
    if (noted === undefined) return undefined;
    const maps = new Set<number>();
    this.born.forEach((dict, index) => noted.has(dict) && maps.add(index));
    return maps;
  }

  private setEntries(dict: Map<unknown, unknown>, { items, top }: PickleStack, start: number): void {
    this.scope.budget.spend(((top - start) / 2) * COST.mapEntry);
    for (let at = start; at < top; at += 2) {
      this.scope.checkKey(items[at], dict);
      dict.set(items[at], items[at + 1]);
    }
  }

  private setFields(dict: StringDict, { items, top }: PickleStack, start: number): void {
    if (this.shapes.isNeeded) this.countFields(dict, items, start, top);
    else this.scope.budget.spend(((top - start) / 2) * COST.field);
    for (let at = start; at < top; at += 2) {
      const key = items[at];
      if (typeof key === 'string') {
        if (startsWithDigit(key) || this.keyOrders !== undefined) this.noteOrder(dict, key);
        setField(dict, key, items[at + 1]);
      } else {
        this.scope.checkHashable(key);
        this.note(dict);
      }
    }
  }

  /** Counted now as what it will be, so that a second run finds room. */
  private note(dict: StringDict): void {
    const noted = (this.noted ??= new Set());
    if (!noted.has(dict)) this.scope.budget.spend(COST.collection - COST.dict);
    this.scope.budget.spend(COST.mapEntry);
    noted.add(dict);
  }

  private countFields(dict: StringDict, items: readonly unknown[], start: number, top: number): void {
    const { shapes } = this;
    let shape = dict === this.lastFilled ? this.lastShape : this.shapeOf(dict);
    for (let at = start; at < top; at += 2) {
      const key = items[at];
      if (typeof key === 'string') shape = shapes.add(shape, key);
    }
    this.lastFilled = dict;
    this.lastShape = shape;
  }

  /**
   * A dict that is filled in several goes, with others between, has many fields. Whether there are any is
   * asked once: it takes V8 long.
   */
  private shapeOf(dict: StringDict): DictShape {
    if (this.halfFilled?.has(dict)) return undefined;
    if (isEmpty(dict)) return this.shapes.root;
    this.scope.budget.spend(COST.setEntry);
    (this.halfFilled ??= new Set()).add(dict);
    return undefined;
  }

  private noteOrder(dict: StringDict, key: string): void {
    const orders = (this.keyOrders ??= new Map<StringDict, KeyOrder>());
    let order = orders.get(dict);
    if (order === undefined) {
      if (!startsWithDigit(key)) return;
      if (isEmpty(dict)) {
        // The first key is where it belongs, whatever it is.
        if (isFarIndex(key, 0)) keepIndicesInTable(dict);
        return;
      }
      const keys = Object.keys(dict);
      this.scope.budget.spend(COST.mapEntry + COST.instance + COST.firstItem + keys.length * (COST.setEntry + COST.slot));
      orders.set(dict, (order = { keys, inTable: false }));
    }
    if (!order.inTable && isFarIndex(key, order.keys.length)) {
      keepIndicesInTable(dict);
      order.inTable = true;
    }
    this.scope.budget.spend(COST.setEntry + COST.slot);
    order.keys.push(key);
  }
}

/** The keys of a dict as they came. */
interface KeyOrder {
  readonly keys: string[];
  inTable: boolean;
}

function isEmpty(dict: StringDict): boolean {
  for (const _key in dict) return false;
  return true;
}

/** Whether the value is a dict that was made a plain object. */
export function isPlain(value: unknown): value is StringDict {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
