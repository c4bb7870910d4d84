/**
 * Remembers the stored keys that this process wrote recently, so that it reads its own writes from the
 * primary.
 *
 * - Bounded: with more than `maxKeys` keys the oldest is forgotten, and until that one's time is over no key
 *   counts as settled.
 * - A write of unknown keys counts for each key.
 */
export class RecentWrites {
  private readonly writtenAtMs = new Map<string, number>();
  /** Any key may have been written until then. */
  private anyKeyAtMs = -Infinity;

  constructor(
    private readonly maxKeys: number,
    private readonly keepMs: number,
  ) {}

  /** Records that these keys were written now, or may have been. */
  add(keys: readonly string[] | 'all', nowMs: number): void {
    if (keys === 'all') {
      this.anyKeyAtMs = nowMs;
      this.writtenAtMs.clear();
      return;
    }
    for (const key of keys) {
      this.writtenAtMs.delete(key);
      this.writtenAtMs.set(key, nowMs);
    }
    this.forget(nowMs);
  }

  /** Whether none of these keys was written for longer than `windowMs`: a replica that lags less has them. */
  settledFor(keys: readonly string[] | 'all', windowMs: number, nowMs: number): boolean {
    const limit = nowMs - windowMs;
    if (this.anyKeyAtMs >= limit) return false;
    if (keys === 'all') return this.newest() < limit;
    return keys.every((key) => (this.writtenAtMs.get(key) ?? -Infinity) < limit);
  }

  private newest(): number {
    let newest = -Infinity;
    for (const at of this.writtenAtMs.values()) newest = Math.max(newest, at);
    return newest;
  }

  /** The map keeps the order of the writes: the oldest comes first. */
  private forget(nowMs: number): void {
    for (const [key, at] of this.writtenAtMs) {
      const expired = at < nowMs - this.keepMs;
      if (!expired && this.writtenAtMs.size <= this.maxKeys) return;
      this.writtenAtMs.delete(key);
      if (!expired) this.anyKeyAtMs = Math.max(this.anyKeyAtMs, at);
    }
  }
}
