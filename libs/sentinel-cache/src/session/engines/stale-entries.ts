import type { SentinelCache } from '../../cache/sentinel-cache.js';

/** So many sessions written during one outage; each takes some hundred bytes. */
const MAX_KEYS = 10_000;

/** Cached entries that must not be believed, since the cache was away when the database changed: deleted as soon as it is back. */
export class StaleEntries {
  /** Keys of sessions: private to the language, so that no log shows them. */
  readonly #marks = new Map<string, symbol>();

  constructor(private readonly cache: SentinelCache) {}

  /** False when there is no more room for a key. */
  add(cacheKey: string): boolean {
    if (this.#marks.size >= MAX_KEYS && !this.#marks.has(cacheKey)) return false;
    this.#marks.set(cacheKey, Symbol());
    return true;
  }

  /** Deletes them; rejects while the cache is still away. To be called before any entry is read. */
  async settle(): Promise<void> {
    if (this.#marks.size === 0) return;
    const deleted = [...this.#marks];
    await this.cache.deleteMany(deleted.map(([cacheKey]) => cacheKey));
    // One that was added meanwhile stays: the deletion may have been before its time.
    for (const [cacheKey, mark] of deleted) if (this.#marks.get(cacheKey) === mark) this.#marks.delete(cacheKey);
  }
}
