import type { SentinelCache } from '../cache/sentinel-cache.js';
import { CacheUnavailableError } from '../errors/cache-unavailable.error.js';

/** A session as connect-redis left it: JSON under `prefix + id`, without the cache's own prefix. */
export interface OldSession {
  /** The stored key. */
  readonly key: string;
  /** The JSON. */
  readonly text: string;
  /** Milliseconds until it expires; null: never. */
  readonly lifeMs: number | null;
}

/**
 * Finds the sessions that connect-redis left in the cache's database. Every method rejects with
 * CacheUnavailableError or CommandRejectedError.
 */
export class SessionMigration {
  constructor(
    private readonly cache: SentinelCache,
    readonly prefix: string,
  ) {}

  /**
   * Resolves to a session, or undefined when there is none. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  async find(id: string): Promise<OldSession | undefined> {
    const key = this.prefix + id;
    const bytes = await this.cache.command('GET', key);
    if (bytes === null) return undefined;
    const reply = await this.cache.command('PTTL', key);
    const life = typeof reply === 'number' || typeof reply === 'bigint' ? Number(reply) : NaN;
    if (!Buffer.isBuffer(bytes) || !(life >= -2)) throw this.unreadable();
    return life === -2 ? undefined : { key, text: bytes.toString('utf8'), lifeMs: life === -1 ? null : Math.max(1, life) };
  }

  /**
   * Deletes a session. Resolves to true when there was one. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  async remove(id: string): Promise<boolean> {
    return (await this.cache.command('UNLINK', this.prefix + id)) === 1;
  }

  private unreadable(): CacheUnavailableError {
    const { alias } = this.cache;
    const message = `Cache '${alias}': expected a session of connect-redis in the reply, got another reply. Check what stands between this program and Redis.`;
    return new CacheUnavailableError('protocol', 'unknown', message, { alias });
  }
}
