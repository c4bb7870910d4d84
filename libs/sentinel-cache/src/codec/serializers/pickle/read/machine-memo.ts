import { COST, type DecodeBudget } from '../../../budget/decode-budget.js';

/** Places that cost nothing. */
const FREE_PLACES = 1024;

/** The memo of a pickle being read: what came before, by number. */
export class MachineMemo {
  private readonly values: unknown[] = [];
  private count = 0;
  /** Places that the budget knows of. */
  private places = FREE_PLACES;

  /** Python numbers the memo from 0 up, so an index beyond the length of the pickle is made up. */
  constructor(
    private readonly limit: number,
    private readonly budget: DecodeBudget,
  ) {}

  /** Keeps a value under the next number (MEMOIZE). */
  add(value: unknown): void {
    if (this.count !== this.values.length) return this.put(this.count, value);
    if (this.count === this.places) this.grow(this.count);
    this.values.push(value);
    this.count++;
  }

  /** Throws a RangeError for an index that no pickle of this length needs. */
  put(index: number, value: unknown): void {
    if (!(Number.isInteger(index) && index >= 0 && index < this.limit)) throw new RangeError('a memo index is out of range');
    if (index >= this.places) this.grow(index);
    if (this.values[index] === undefined) this.count++;
    this.values[index] = value;
  }

  /** Throws a RangeError when nothing was put there. */
  get(index: number): unknown {
    const value = this.values[index];
    if (value === undefined) throw new RangeError('a memo index is empty');
    return value;
  }

  private grow(index: number): void {
    const places = index + (index >> 1);
    this.budget.spend((places - this.places) * COST.slot);
    this.places = places;
  }
}
