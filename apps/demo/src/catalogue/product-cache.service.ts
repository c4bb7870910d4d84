import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { isOutage, SentinelCaches, type SentinelCache } from 'nestjs-sentinel-cache';

const RETRY_MS = 500;

/**
 * Takes back cached answers. A write to the database must not fail because the cache is away, nor may the old
 * answer come back with it: what could not be deleted is deleted as soon as Redis does so again. Should this
 * process end before, an old answer lives 60 s at most.
 */
@Injectable()
export class ProductCache implements OnModuleDestroy {
  private readonly logger = new Logger('ProductCache');
  /** Tells of failures even where the settings say IGNORE_EXCEPTIONS. */
  private readonly cache: SentinelCache;
  private readonly owed = new Set<string>();
  private isInDebt = false;
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
      if (!isOutage(error)) throw error;
      if (!this.isInDebt) this.logger.warn('Outdated answers could not be deleted; they will be when Redis is back.');
      this.owe(keys);
    }
  }

  onModuleDestroy(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private owe(keys: readonly string[]): void {
    this.isInDebt = true;
    for (const key of keys) this.owed.add(key);
    if (this.ended || this.timer) return;
    this.timer = setTimeout(() => void this.retry(), RETRY_MS);
    this.timer.unref();
  }

  private async retry(): Promise<void> {
    const keys = [...this.owed];
    // What is owed from here on, the same keys included, is not paid by this.
    this.owed.clear();
    const deleted = await this.cache.deleteMany(keys).then(
      () => true,
      () => false,
    );
    this.timer = undefined;
    if (!deleted || this.owed.size > 0) return this.owe(deleted ? [] : keys);
    this.isInDebt = false;
    if (!this.ended) this.logger.log('The outdated answers are deleted.');
  }
}
