import type { SentinelCache } from '../cache/sentinel-cache.js';

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
    const bytes = (await this.cache.command('GET', key)) as Buffer | null;
    if (bytes === null) return undefined;
    const life = Number(await this.cache.command('PTTL', key));
    return life === -2 ? undefined : { key, text: bytes.toString('utf8'), lifeMs: life === -1 ? null : Math.max(1, life) };
  }

  /** Whether it was there. */
  async remove(id: string): Promise<boolean> {
    return Number(await this.cache.command('UNLINK', this.prefix + id)) === 1;
  }
}
