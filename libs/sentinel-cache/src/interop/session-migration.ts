import type { SentinelCache } from '../cache/sentinel-cache.js';
import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';

/** A session as connect-redis left it: JSON under `prefix + id`, nothing before it. */
export interface OldSession {
  readonly key: string;
  readonly text: string;
  /** `null`: for ever. */
  readonly lifeMs: number | null;
}

/** The sessions that connect-redis left in the cache's database. */
export class SessionMigration {
  constructor(
    private readonly cache: SentinelCache,
    readonly prefix: string,
  ) {}

  async find(id: string): Promise<OldSession | undefined> {
    const key = this.prefix + id;
    const bytes = await this.cache.command('GET', key);
    if (bytes === null) return undefined;
    const reply = await this.cache.command('PTTL', key);
    const life = typeof reply === 'number' || typeof reply === 'bigint' ? Number(reply) : NaN;
    if (!Buffer.isBuffer(bytes) || !(life >= -2)) throw this.unreadable();
    return life === -2 ? undefined : { key, text: bytes.toString('utf8'), lifeMs: life === -1 ? null : Math.max(1, life) };
  }

  /** Whether it was there. */
  async remove(id: string): Promise<boolean> {
    return (await this.cache.command('UNLINK', this.prefix + id)) === 1;
  }

  private unreadable(): CacheUnavailableError {
    const { alias } = this.cache;
    const message = `Cache '${alias}': a session of connect-redis was asked for, and what came is no reply to that.`;
    return new CacheUnavailableError('protocol', 'unknown', message, { alias });
  }
}
