import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CacheUnavailableError, SentinelCaches, type SentinelCache } from 'nestjs-sentinel-cache';

const RETRY_MS = 500;

/**
 * Takes back cached answers. A write to the database must not fail because the cache is away, nor may the old answer come back with it:
 * what could not be deleted is deleted as soon as Redis answers again. Should this process end before, an old answer lives 60 s at most.
 */
@Injectable()
export class ProductCache implements OnModuleDestroy {
  private readonly logger = new Logger('ProductCache');
  /** Tells of failures even where the settings say IGNORE_EXCEPTIONS. */
  private readonly cache: SentinelCache;
  private readonly owed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(caches: SentinelCaches) {
    this.cache = caches.strict('default');
  }

  /** Deletes these entries, now or as soon as possible. */
  async forget(keys: readonly string[]): Promise<void> {
    try {
      await this.cache.deleteMany(keys);
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error;
      this.logger.warn(`The cache is away (${error.reason}): ${keys.join(', ')} will be deleted when it is back.`);
      for (const key of keys) this.owed.add(key);
      this.retryLater();
    }
  }

  onModuleDestroy(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private retryLater(): void {
    if (this.ended || this.timer) return;
    this.timer = setTimeout(() => void this.retry(), RETRY_MS);
    this.timer.unref();
  }

  private async retry(): Promise<void> {
    const keys = [...this.owed];
    const deleted = await this.cache.deleteMany(keys).then(
      () => true,
      () => false,
    );
    this.timer = undefined;
    if (!deleted) return this.retryLater();
    for (const key of keys) this.owed.delete(key);
    if (this.owed.size > 0) this.retryLater();
  }
}
