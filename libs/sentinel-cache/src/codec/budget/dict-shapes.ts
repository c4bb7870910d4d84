import { COST, type DecodeBudget } from './decode-budget.js';
import type { Shape } from './shape-tree.js';
import { startsWithDigit } from '../values/dict.js';

/** What is made of fewer bytes is small, whatever the kinds of its objects. */
const FEW_BYTES = 1_000_000;

/** The keys of an object up to one of them; `undefined`: V8 keeps this object as a hash table. */
export type DictShape = Shape | undefined;

/**
 * Counts what the fields of plain objects cost. It grows the same tree of key orders as V8 does: a field of a
 * known order is a place in memory, a new one is described, and objects of too many kinds are hash tables,
 * which take ten times as much.
 */
export class DictShapes {
  /** Of an object without fields. */
  readonly root: DictShape;
  /** Whether fields have to be counted one by one. */
  readonly isNeeded: boolean;

  /** `length`: of the bytes of this value. */
  constructor(
    private readonly budget: DecodeBudget,
    length: number,
  ) {
    this.isNeeded = budget.readBefore + length > FEW_BYTES;
    this.root = this.isNeeded ? budget.shapes.root : undefined;
  }

  /** Counts the next field of an object that has this shape; gives its new one. */
  add(shape: DictShape, key: string): DictShape {
    if (!this.isNeeded) {
      this.budget.spend(COST.field);
      return shape;
    }
    if (startsWithDigit(key)) {
      // An index is no part of the shape.
      this.budget.spend(COST.indexField + key.length);
      return shape;
    }
    if (shape === undefined) {
      this.budget.spend(COST.tableField + COST.text + key.length);
      return undefined;
    }
    if (shape.lastKey !== key) {
      const next = shape.branches?.get(key) ?? this.grow(shape, key);
      if (next === undefined) {
        this.budget.spend(COST.table + COST.tableField * (shape.fields + 1) + COST.text + key.length);
        return undefined;
      }
      shape.lastKey = key;
      shape.last = next;
    }
    this.budget.spend(COST.field);
    return shape.last;
  }

  private grow(shape: Shape, key: string): DictShape {
    const next = this.budget.shapes.grow(shape, key);
    if (next !== undefined) this.budget.spend(COST.newField + COST.text + key.length);
    return next;
  }
}
