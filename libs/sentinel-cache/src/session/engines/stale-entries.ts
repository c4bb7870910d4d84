import type { SentinelCache } from '../../cache/sentinel-cache.js';

/** Sessions written during one outage; each takes some hundred bytes. */
const MAX_KEYS = 10_000;

/**
 * Remembers cached entries that are stale, since the cache was unavailable when the database changed, until
 * they can be deleted.
 */
export class StaleEntries {
  /** Keys of sessions: private to the language, so that no log shows them. */
  readonly #marks = new Map<string, symbol>();

  constructor(private readonly cache: SentinelCache) {}

  /** Remembers a key; returns false when there is no room for another one. */
  add(cacheKey: string): boolean {
    if (this.#marks.size >= MAX_KEYS && !this.#marks.has(cacheKey)) return false;
    this.#marks.set(cacheKey, Symbol());
    return true;
  }

  /**
   * Deletes the stale entries; call it before an entry is read. Rejects with CacheUnavailableError while the
   * cache is unavailable.
   */
  async settle(): Promise<void> {
    if (this.#marks.size === 0) return;
    const deleted = [...this.#marks];
    await this.cache.deleteMany(deleted.map(([cacheKey]) => cacheKey));
    // A key that was added meanwhile stays: the deletion may have come too early for it.
    for (const [cacheKey, mark] of deleted) if (this.#marks.get(cacheKey) === mark) this.#marks.delete(cacheKey);
  }
}
