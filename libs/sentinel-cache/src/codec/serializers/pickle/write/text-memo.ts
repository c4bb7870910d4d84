/** Up to this many texts are found by looking through all of them, which is cheaper than hashing. */
const FEW = 8;

/**
 * Memo numbers of the keys that a pickle has written so far. Reusable.
 *
 * Rows repeat their keys in the same order: the text that came after the last one found is the first to be
 * looked at.
 */
export class TextMemo {
  private readonly texts: string[] = [];
  private readonly numbers: number[] = [];
  private readonly places = new Map<string, number>();
  private count = 0;
  private next = 0;

  get(text: string): number | undefined {
    if (this.next < this.count && this.texts[this.next] === text) return this.numbers[this.next++];
    const place = this.count > FEW ? this.places.get(text) : this.search(text);
    if (place === undefined) return undefined;
    this.next = place + 1;
    return this.numbers[place];
  }

  /** Remembers a text that is not there yet. */
  add(text: string, number: number): void {
    const place = this.count++;
    this.texts[place] = text;
    this.numbers[place] = number;
    this.next = this.count;
    if (place === FEW) for (let at = 0; at < FEW; at++) this.places.set(this.texts[at]!, at);
    if (place >= FEW) this.places.set(text, place);
  }

  clear(): void {
    if (this.count > FEW) {
      this.places.clear();
      this.texts.length = this.numbers.length = FEW;
    }
    for (let at = 0; at < FEW && at < this.count; at++) this.texts[at] = '';
    this.count = this.next = 0;
  }

  private search(text: string): number | undefined {
    for (let at = 0; at < this.count; at++) if (this.texts[at] === text) return at;
    return undefined;
  }
}
