/** How many addresses this process remembers. */
const MOST_ADDRESSES = 10_000;
/** How many headers the pages of an address vary on. */
const MOST_NAMES = 16;

/** Returns the names of both lists, sorted; those of the first alone when they would be too many. */
export function merged(a: readonly string[], b: readonly string[]): readonly string[] {
  const all = [...new Set([...a, ...b])].sort();
  return all.length <= MOST_NAMES ? all : a;
}

/** Remembers which headers the pages of an address vary on; the oldest address is forgotten first. */
export class KnownVary {
  private readonly lists = new Map<string, readonly string[]>();

  get(address: string): readonly string[] | undefined {
    return this.lists.get(address);
  }

  remember(address: string, names: readonly string[]): void {
    this.lists.delete(address);
    if (this.lists.size >= MOST_ADDRESSES) this.lists.delete(this.lists.keys().next().value!);
    this.lists.set(address, names);
  }

  forget(address: string): void {
    this.lists.delete(address);
  }
}
