import { COST, type DecodeBudget } from './decode-budget.js';
import { startsWithDigit } from '../values/dict.js';

/** What is made of fewer bytes is small, whatever the kinds of its objects. */
const FEW_BYTES = 1_000_000;
/** V8 describes objects by the order of their keys; beyond so many kinds, each object gets a hash table of its own. */
const MOST_SHAPES = 4000;
/** So many different keys may follow one and the same key: V8 has room for 1536. */
const MOST_BRANCHES = 1000;
/** V8 keeps an object with more fields as a hash table. */
const MOST_FIELDS = 16;

/** The keys of an object up to one of them; `undefined`: V8 keeps this object as a hash table. */
export type DictShape = Branch | undefined;

class Branch {
  branches: Map<string, Branch> | undefined;
  /** Most rows are like the one before. */
  lastKey: string | undefined;
  last: Branch | undefined;

  constructor(readonly fields: number) {}
}

/**
 * Counts what the fields of plain objects cost. It grows the same tree of key orders as V8 does: a field of a known order is a place in
 * memory, a new one is described, and objects of too many kinds are hash tables, which take ten times as much.
 */
export class DictShapes {
  /** Of an object without fields. */
  readonly root: DictShape;
  /** Whether fields have to be counted one by one. */
  readonly isNeeded: boolean;
  private count = 0;

  /** `length`: of the bytes that are read. */
  constructor(
    private readonly budget: DecodeBudget,
    length: number,
  ) {
    this.isNeeded = length > FEW_BYTES;
    this.root = this.isNeeded ? new Branch(0) : undefined;
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

  private grow(shape: Branch, key: string): DictShape {
    const branches = (shape.branches ??= new Map<string, Branch>());
    if (shape.fields >= MOST_FIELDS || branches.size >= MOST_BRANCHES || this.count >= MOST_SHAPES) return undefined;
    this.count++;
    this.budget.spend(COST.newField + COST.text + key.length);
    const next = new Branch(shape.fields + 1);
    branches.set(key, next);
    return next;
  }
}
