/** Least number of keys that are remembered; at most twice as many. */
const GENERATION = 100_000;

/** Tells new keys from repeated ones in bounded memory: at least the latest 100 000 are remembered. */
export class RecentKeys {
  private young = new Set<string>();
  private old = new Set<string>();

  /** Remembers a key. Returns whether it is new, as far as memory goes. */
  isNew(key: string): boolean {
    if (this.young.has(key)) return false;
    const known = this.old.has(key);
    this.young.add(key);
    // Two generations instead of one queue: deleting the oldest of a Set one by one gets slower with each
    // deletion.
    if (this.young.size >= GENERATION) [this.old, this.young] = [this.young, new Set()];
    return !known;
  }
}
