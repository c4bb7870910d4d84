import { COST, type DecodeBudget } from '../../../budget/decode-budget.js';

/** Places that cost nothing. */
const FREE_PLACES = 1024;

/**
 * The stack of a pickle, with its marks. What lies below a mark can't be reached until the mark is gone.
 *
 * `top` says how many items are in use: shortening an array at every step would cost more than the step. The
 * stack lives as long as one run.
 */
export class PickleStack {
  readonly items: unknown[] = [];
  top = 0;
  private readonly marks: number[] = [];
  private floor = 0;
  /** Places of the stack, and of the marks, that the budget knows of. */
  private places = FREE_PLACES;
  private markPlaces = FREE_PLACES;

  constructor(private readonly budget: DecodeBudget) {}

  push(value: unknown): void {
    if (this.top === this.places) this.places += this.grow(this.places);
    this.items[this.top++] = value;
  }

  /** Returns the index of the count-th item from the top. Throws a RangeError when there are fewer. */
  from(count: number): number {
    const start = this.top - count;
    if (start < this.floor) throw new RangeError('the stack is empty');
    return start;
  }

  /** Returns the upper item, which stays. */
  peek(): unknown {
    return this.items[this.from(1)];
  }

  /** Takes the upper item off. */
  take(): unknown {
    return this.items[(this.top = this.from(1))];
  }

  /** Takes the items from an index on off. */
  takeFrom(start: number): unknown[] {
    const taken = this.items.slice(start, this.top);
    this.top = start;
    return taken;
  }

  mark(): void {
    this.floor = this.top;
    if (this.marks.length === this.markPlaces) this.markPlaces += this.grow(this.markPlaces);
    this.marks.push(this.floor);
  }

  /** Returns the index of the first item above the last mark, which it removes. */
  popMark(): number {
    const mark = this.marks.pop();
    if (mark === undefined) throw new RangeError('a mark is missing');
    this.floor = this.marks.length === 0 ? 0 : this.marks[this.marks.length - 1]!;
    return mark;
  }

  /** Returns the item right below an index: the container that the items from there on go into. */
  below(start: number): unknown {
    if (start <= this.floor) throw new RangeError('the stack is empty');
    return this.items[start - 1];
  }

  /** Removes the upper item, or the mark when nothing lies above it. */
  pop(): void {
    if (this.top === this.floor) this.popMark();
    else this.top--;
  }

  private grow(places: number): number {
    this.budget.spend((places >> 1) * COST.slot);
    return places >> 1;
  }
}
