import type { SentinelCaches } from '../cache/sentinel-caches.js';
import { publishIgnoredError } from '../telemetry/channels.js';
import { tagsOfChange } from './key/page-tags.js';
import type { PageExchange } from './platform/exchange.js';
import type { RouteRules } from './policy/route-rules.js';

/** What page evictions need. */
export interface PageEvictionsParts {
  readonly caches: SentinelCaches;
  /** How long a request waits for Redis at most, in milliseconds. */
  readonly waitsMs: number;
  /** Lets nobody wait any more for what is being made with one of these tags. */
  readonly forget: (tags: ReadonlySet<string>) => void;
  /** Called once for each outage in which evictions are kept. */
  readonly onLost: (alias: string, error: unknown) => void;
}

/**
 * Drops pages by their tags: in this process at once, everywhere by the generations of the tags. What the
 * cache has not done in time is sent again until it has; until then no page with these tags is served here.
 */
export class PageEvictions {
  private readonly aliases = new Set<string>();
  /** Aliases whose outage somebody has heard of. */
  private readonly warned = new Set<string>();
  private done = 0;

  constructor(private readonly parts: PageEvictionsParts) {}

  /** How often pages were dropped; another number than before: what was made meanwhile may be outdated. */
  get count(): number {
    return this.done;
  }

  /** Remembers that there are pages in this cache. */
  know(alias: string): void {
    this.aliases.add(alias);
  }

  /** Drops what has one of the tags, from all caches that have pages. Never rejects. */
  async evict(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    await Promise.all([...this.aliases].map((alias) => this.evictFrom(alias, tags)));
    // Now, and not before: what began meanwhile may have seen what was there.
    this.done += 1;
    this.parts.forget(new Set(tags));
  }

  /** Drops what a request may have changed; `value` is what its handler returned. Never rejects. */
  async evictChanged(exchange: PageExchange, rules: RouteRules, value?: unknown): Promise<void> {
    const answered = { request: exchange.request, status: exchange.status(), headers: exchange.headers(), value };
    await this.evict(tagsOfChange(answered, rules));
  }

  /** Whether a page with these tags may have been dropped without the cache knowing. */
  isLost(alias: string, tags: readonly string[]): boolean {
    return this.parts.caches.bytes(alias).evictions.isKept(tags);
  }

  private async evictFrom(alias: string, tags: readonly string[]): Promise<void> {
    const { caches, waitsMs, onLost } = this.parts;
    const { evictions } = caches.bytes(alias);
    if (evictions.isIdle) this.warned.delete(alias);
    const error = await evictions.evict(tags, waitsMs);
    if (error === undefined) return;
    publishIgnoredError({ alias, operation: 'evict', error });
    if (this.warned.has(alias)) return;
    this.warned.add(alias);
    onLost(alias, error);
  }
}
