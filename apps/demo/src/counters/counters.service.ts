import { ConflictException, Injectable } from '@nestjs/common';
import { InjectCache, MissingCacheKeyError, SentinelCache } from 'nestjs-sentinel-cache';

const ATTEMPTS = 3;
/** Everybody who may count may make counters, and they live for ever. */
const MOST_COUNTERS = 48;
/** The names of all counters. */
const NAMES = 'counters';

/** Counters that every process on this Redis shares, a Django one included. They live for ever. */
@Injectable()
export class CountersService {
  constructor(@InjectCache('default') private readonly cache: SentinelCache) {}

  /**
   * Adds one; no two callers get the same number. ConflictException for one too many; an outage rejects
   * with CacheUnavailableError.
   */
  async next(name: string): Promise<number> {
    const key = `counter:${name}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.cache.incr(key);
      } catch (error) {
        if (!(error instanceof MissingCacheKeyError) || attempt === ATTEMPTS) throw error;
        await this.enter(name);
        // `incr` makes no entry, as in Django. Of all who find none, one adds the 0, and each adds their one
        // to it.
        await this.cache.add(key, 0, null);
      }
    }
  }

  /** What it stands at; 0 before the first call. */
  async value(name: string): Promise<number | bigint> {
    return (await this.cache.get<number | bigint>(`counter:${name}`)) ?? 0;
  }

  /**
   * Puts a name on the list. A caller that loses the race looks again: each of them has put one on it, so
   * it ends.
   */
  private async enter(name: string): Promise<void> {
    for (;;) {
      const { value, token } = await this.cache.getWithToken<string[]>(NAMES);
      const names = value ?? [];
      if (names.includes(name)) return;
      if (names.length >= MOST_COUNTERS) {
        throw new ConflictException(`There are ${MOST_COUNTERS} counters, and no more are made. Count on one of those.`);
      }
      if (await this.cache.compareAndSet(NAMES, token, [...names, name], null)) return;
    }
  }
}
