/** Most keys whose time is remembered. */
const MOST_KEYS = 10_000;

/** How long making a value took last in this process, for the keys that were made last. */
export class LoadTimes {
  private readonly times = new Map<string, number>();

  note(key: string, ms: number): void {
    this.times.delete(key);
    this.times.set(key, ms);
    if (this.times.size <= MOST_KEYS) return;
    for (const oldest of this.times.keys()) {
      this.times.delete(oldest);
      return;
    }
  }

  of(key: string): number | undefined {
    return this.times.get(key);
  }

  /** Number of keys. */
  get size(): number {
    return this.times.size;
  }
}
