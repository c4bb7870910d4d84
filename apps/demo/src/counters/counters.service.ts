import { Injectable } from '@nestjs/common';
import { InjectCache, MissingCacheKeyError, SentinelCache } from 'nestjs-sentinel-cache';

const ATTEMPTS = 3;

/** Counters that every process on this Redis shares, a Django one included. They live for ever. */
@Injectable()
export class CountersService {
  constructor(@InjectCache('default') private readonly cache: SentinelCache) {}

  /** Adds one; no two callers get the same number. An outage rejects with CacheUnavailableError. */
  async next(name: string): Promise<number | bigint> {
    const key = `counter:${name}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.cache.incr(key);
      } catch (error) {
        if (!(error instanceof MissingCacheKeyError) || attempt === ATTEMPTS) throw error;
        // `incr` makes no entry, as in Django. Of all who find none, one adds the 0, and each adds their one to it.
        await this.cache.add(key, 0, null);
      }
    }
  }

  /** What it stands at; 0 before the first call. */
  async value(name: string): Promise<number | bigint> {
    return (await this.cache.get<number | bigint>(`counter:${name}`)) ?? 0;
  }
}
