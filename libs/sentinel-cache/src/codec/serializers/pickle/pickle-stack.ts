/** The stack of a pickle, with its marks. What lies below a mark can't be reached until the mark is gone. */
export class PickleStack {
  readonly items: unknown[] = [];
  private readonly marks: number[] = [];
  private floor = 0;

  /** The index of the count-th item from the top. Throws a RangeError when there are fewer. */
  from(count: number): number {
    const start = this.items.length - count;
    if (start < this.floor) throw new RangeError('the stack is empty');
    return start;
  }

  /** Takes the upper items off. */
  take(count: number): unknown[] {
    return this.items.splice(this.from(count));
  }

  mark(): void {
    this.floor = this.items.length;
    this.marks.push(this.floor);
  }

  /** The index of the first item above the last mark, which it removes. */
  popMark(): number {
    const mark = this.marks.pop();
    if (mark === undefined) throw new RangeError('a mark is missing');
    this.floor = this.marks.length === 0 ? 0 : this.marks[this.marks.length - 1]!;
    return mark;
  }

  /** The item right below an index: the container that the items from there on go into. */
  below(start: number): unknown {
    if (start <= this.floor) throw new RangeError('the stack is empty');
    return this.items[start - 1];
  }

  /** POP: the upper item, or the mark when nothing lies above it. */
  pop(): void {
    if (this.items.length === this.floor) this.popMark();
    else this.items.pop();
  }
}
