/**
 * V8 describes objects by the order of their keys; with more kinds, each object gets a hash table of its own.
 */
const MOST_SHAPES = 4000;
/** How many different keys may follow one and the same key: V8 has room for 1536. */
const MOST_BRANCHES = 1000;
/** V8 keeps an object with more fields as a hash table. */
const MOST_FIELDS = 16;

/** The keys of an object in their order, up to one of them. */
export class Shape {
  branches: Map<string, Shape> | undefined;
  /** Most rows are like the one before. */
  lastKey: string | undefined;
  last: Shape | undefined;

  constructor(readonly fields: number) {}
}

/** The orders of keys met so far, in the same tree that V8 keeps. */
export class ShapeTree {
  /** An object without fields. */
  readonly root = new Shape(0);
  private count = 0;

  /** Returns a new order of keys; undefined where V8 makes a hash table instead. */
  grow(shape: Shape, key: string): Shape | undefined {
    const branches = (shape.branches ??= new Map<string, Shape>());
    if (shape.fields >= MOST_FIELDS || branches.size >= MOST_BRANCHES || this.count >= MOST_SHAPES) return undefined;
    this.count++;
    const next = new Shape(shape.fields + 1);
    branches.set(key, next);
    return next;
  }
}
