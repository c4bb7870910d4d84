/** Up to this many objects are found by looking through all of them, which is cheaper than hashing. */
const FEW = 8;

/**
 * Memo numbers of the objects that a pickle has written so far. Reusable: most values have a few objects, and
 * need no Map.
 */
export class ObjectMemo {
  private readonly few: (object | undefined)[] = Array.from({ length: FEW });
  private readonly numbers: number[] = Array.from({ length: FEW }, () => 0);
  private count = 0;
  /** How often one was found again. */
  shared = 0;
  private readonly rest = new Map<object, number>();

  get(object: object): number | undefined {
    const { few, count } = this;
    const last = count < FEW ? count : FEW;
    for (let at = 0; at < last; at++) if (few[at] === object) return this.found(this.numbers[at]);
    return count > FEW ? this.found(this.rest.get(object)) : undefined;
  }

  get size(): number {
    return this.count;
  }

  /** Remembers an object that is not there yet. */
  add(object: object, number: number): void {
    const at = this.count++;
    if (at < FEW) {
      this.few[at] = object;
      this.numbers[at] = number;
    } else this.rest.set(object, number);
  }

  clear(): void {
    for (let at = 0; at < FEW && at < this.count; at++) this.few[at] = undefined;
    if (this.count > FEW) this.rest.clear();
    this.count = 0;
    this.shared = 0;
  }

  private found(number: number | undefined): number | undefined {
    if (number !== undefined) this.shared += 1;
    return number;
  }
}
