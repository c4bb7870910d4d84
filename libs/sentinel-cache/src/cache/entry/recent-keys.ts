/** So many keys are remembered at least, twice as many at most. */
const GENERATION = 100_000;

/** Tells keys that came before from new ones, in bounded memory: the latest hundred thousand are known for sure. */
export class RecentKeys {
  private young = new Set<string>();
  private old = new Set<string>();

  /** Whether the key is new, as far as memory goes; remembers it. */
  isNew(key: string): boolean {
    if (this.young.has(key)) return false;
    const known = this.old.has(key);
    this.young.add(key);
    // Two generations instead of one queue: taking the eldest out of a Set one by one gets slower the more were taken.
    if (this.young.size >= GENERATION) [this.old, this.young] = [this.young, new Set()];
    return !known;
  }
}
