import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { publishIgnoredError } from '../telemetry/channels.js';

/** How many tags of lost evictions are kept for a cache. */
const MOST_LOST = 10_000;
/** How often lost evictions are tried again. */
const REPLAY_MS = 1000;

/**
 * Drops pages by their tags: in this process at once, everywhere by the generations of the tags. An
 * eviction that the cache did not take is kept, and tried again until it does; until then no page with its
 * tags is served here.
 */
export class PageEvictions {
  private readonly lost = new Map<string, Set<string>>();
  private readonly aliases = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private told = 0;

  constructor(
    private readonly caches: SentinelCaches,
    /** Lets nobody wait any more for what is being made with one of these tags. */
    private readonly forget: (tags: ReadonlySet<string>) => void,
    /** Called once for each outage in which evictions are lost. */
    private readonly onLost: (alias: string, error: unknown) => void,
  ) {}

  /** How often pages were dropped; another number than before: what was made meanwhile may be outdated. */
  get count(): number {
    return this.told;
  }

  /** Remembers that there are pages in this cache. */
  know(alias: string): void {
    this.aliases.add(alias);
  }

  /** Drops what has one of the tags, from all caches that have pages. Never rejects. */
  async evict(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    this.told += 1;
    await Promise.all([...this.aliases].map((alias) => this.evictFrom(alias, tags)));
    // Now, and not before: what began meanwhile may have seen what was there.
    this.told += 1;
    this.forget(new Set(tags));
  }

  /** Whether a page with these tags may have been dropped without the cache knowing. */
  isLost(alias: string, tags: readonly string[]): boolean {
    const lost = this.lost.get(alias);
    return lost !== undefined && tags.some((tag) => lost.has(tag));
  }

  /** Ends the replay. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async evictFrom(alias: string, tags: readonly string[]): Promise<void> {
    try {
      await this.caches.bytes(alias).evict(tags);
    } catch (error) {
      this.keep(alias, tags, error);
    }
  }

  private keep(alias: string, tags: readonly string[], error: unknown): void {
    publishIgnoredError({ alias, operation: 'evict', error });
    let lost = this.lost.get(alias);
    if (!lost) {
      this.lost.set(alias, (lost = new Set()));
      this.onLost(alias, error);
    }
    for (const tag of tags) if (lost.size < MOST_LOST) lost.add(tag);
    this.schedule();
  }

  private schedule(): void {
    if (this.isClosed || this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.replay(), REPLAY_MS).unref();
  }

  /** Tries lost evictions again; those that are lost again stay. */
  private async replay(): Promise<void> {
    for (const [alias, tags] of this.lost) {
      const tried = [...tags];
      try {
        await this.caches.bytes(alias).evict(tried);
        for (const tag of tried) tags.delete(tag);
        if (tags.size === 0) this.lost.delete(alias);
      } catch (error) {
        publishIgnoredError({ alias, operation: 'evict', error });
      }
    }
    this.timer = undefined;
    if (this.lost.size > 0) this.schedule();
  }
}
