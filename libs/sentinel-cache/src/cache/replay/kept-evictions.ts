import { CacheUnavailableError } from '../../errors/cache-unavailable.error.js';
import { EVERY_PAGE } from '../../keys/tag-names.js';
import { inTime } from '../../time/in-time.js';
import { InvalidationReplay, type InvalidationReplayOptions } from './invalidation-replay.js';
import type { MissedInvalidation } from './missed-invalidations.js';

/** How evictions are sent, and who hears what became of those that were kept. */
export interface KeptEvictionsOptions {
  readonly alias: string;
  /** Drops what was stored with one of these tags. Rejects at once while the circuit breaker is open. */
  readonly invalidate: (tags: readonly string[]) => Promise<void>;
  readonly onEnded: InvalidationReplayOptions['onEnded'];
}

/**
 * Drops what was stored with tags. What Redis has not done in time is kept and sent again, every second,
 * until it has; whatever it answers, since what is kept must not be served. When there is more than is kept,
 * all pages are dropped in place of what has no room.
 */
export class KeptEvictions {
  private readonly replay: InvalidationReplay;

  constructor(private readonly options: KeptEvictionsOptions) {
    const { invalidate, onEnded } = options;
    this.replay = new InvalidationReplay({
      send: ({ name }) => invalidate([name]),
      passes: () => true,
      onEnded: (outcome, count) => {
        onEnded(outcome, count);
        if (outcome === 'overflow') this.keep([EVERY_PAGE]);
      },
    });
  }

  /** Whether nothing is kept. */
  get isIdle(): boolean {
    return this.replay.isIdle;
  }

  /**
   * Resolves to undefined once Redis has dropped what was stored with one of the tags, or to why that is
   * kept: an error of Redis, or CacheUnavailableError after `waitsMs`. Never rejects.
   */
  async evict(tags: readonly string[], waitsMs: number): Promise<unknown> {
    const { alias, invalidate } = this.options;
    try {
      const invalidating = invalidate(tags).then(() => true);
      if (await inTime(invalidating, waitsMs)) return undefined;
      this.keep(tags);
      const message = `Cache '${alias}', evict: no answer within ${waitsMs} ms.`;
      return new CacheUnavailableError('deadline', 'unknown', message, { alias });
    } catch (error) {
      this.keep(tags);
      return error;
    }
  }

  /** Whether something that is stored with one of these tags may have been dropped, and Redis not know it. */
  isKept(tags: readonly string[]): boolean {
    return !this.replay.isIdle && tags.some((name) => this.replay.has(tagOf(name)));
  }

  /** Ends the timer; what is still kept is lost. */
  close(): void {
    this.replay.close();
  }

  private keep(tags: readonly string[]): void {
    this.replay.keep(tags.map(tagOf));
  }
}

function tagOf(name: string): MissedInvalidation {
  return { kind: 'tag', name };
}
