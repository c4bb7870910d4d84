import { Injectable } from '@nestjs/common';
import { MissingCacheKeyError, SentinelCaches, type SentinelCache } from 'nestjs-sentinel-cache';
import { createHash } from 'node:crypto';

const MOST_BY_NAME = 10;
const MOST_BY_ADDRESS = 60;
const WINDOW_SECONDS = 60;
const ROUNDS = 3;

/**
 * Ten attempts a minute for each name and sixty for each address, over all processes: counters with a
 * lifetime in the cache. An outage rejects: then nobody can log in anyway, and nobody can guess. Somebody who
 * fails on purpose keeps that user out for a minute.
 */
@Injectable()
export class LoginAttempts {
  private readonly cache: SentinelCache;

  constructor(caches: SentinelCaches) {
    this.cache = caches.strict('default');
  }

  /** Counts one; gives back 0, or the seconds to wait. */
  async count(name: string, address: string): Promise<number> {
    return (await this.wait(addressKey(address), MOST_BY_ADDRESS)) || this.wait(nameKey(name), MOST_BY_NAME);
  }

  /** After a password that was right. */
  async forget(name: string): Promise<void> {
    await this.cache.delete(nameKey(name));
  }

  private async wait(key: string, most: number): Promise<number> {
    if ((await this.next(key)) <= most) return 0;
    return Math.max(1, (await this.cache.ttl(key)) ?? WINDOW_SECONDS);
  }

  private async next(key: string): Promise<number | bigint> {
    for (let round = 1; ; round += 1) {
      // The first one makes the counter, and its minute begins; `incr` leaves the lifetime alone.
      await this.cache.add(key, 0, WINDOW_SECONDS);
      try {
        return await this.cache.incr(key);
      } catch (error) {
        if (!(error instanceof MissingCacheKeyError) || round === ROUNDS) throw error;
      }
    }
  }
}

/** A name can be anything that fits into a form; a key can't. */
function nameKey(name: string): string {
  return `login-attempts:${createHash('sha256').update(name).digest('hex')}`;
}

function addressKey(address: string): string {
  return `logins-from:${address}`;
}
