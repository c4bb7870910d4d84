/** The memo of a pickle being read: what came before, by number. */
export class MachineMemo {
  private readonly values: unknown[] = [];
  private count = 0;

  /** Python numbers the memo from 0 up, so an index beyond the length of the pickle is made up. */
  constructor(private readonly limit: number) {}

  /** MEMOIZE: under the next number. */
  add(value: unknown): void {
    if (this.count !== this.values.length) return this.put(this.count, value);
    this.values.push(value);
    this.count++;
  }

  /** Throws a RangeError for an index that no pickle of this length needs. */
  put(index: number, value: unknown): void {
    if (!(Number.isInteger(index) && index >= 0 && index < this.limit)) throw new RangeError('a memo index is out of range');
    if (this.values[index] === undefined) this.count++;
    this.values[index] = value;
  }

  /** Throws a RangeError when nothing was put there. */
  get(index: number): unknown {
    const value = this.values[index];
    if (value === undefined) throw new RangeError('a memo index is empty');
    return value;
  }
}
