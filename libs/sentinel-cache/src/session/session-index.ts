import type { SentinelCache } from '../cache/sentinel-cache.js';
import type { Clock } from '../time/clock.js';
import { timeoutOfSeconds } from '../time/lifetime.js';

/** A key of our own; Django does not know it. */
const KEY_PREFIX = 'nestjs-sentinel-cache.sessions.user.';
const ATTEMPTS = 50;
/** Sessions that are kept for a user; the ones that end first give way. */
const MAX_SESSIONS = 1000;

/**
 * Keeps which sessions a user has: by session key, the second of the epoch at which each ends. One cache
 * entry for each user. Every method rejects with CacheUnavailableError, CommandRejectedError or CodecError.
 */
export class SessionIndex {
  constructor(
    private readonly cache: SentinelCache,
    private readonly clock: Clock,
  ) {}

  /** Records that the user is logged in in a session, which ends after that many seconds. */
  async note(userId: string, sessionKey: string, ageSeconds: number): Promise<void> {
    const endsAt = this.nowSeconds() + ageSeconds;
    await this.change(userId, (sessions) => sessions.set(sessionKey, endsAt));
  }

  /** Removes a session of the user. */
  async forget(userId: string, sessionKey: string): Promise<void> {
    await this.change(userId, (sessions) => sessions.delete(sessionKey));
  }

  /** Resolves to the keys of the user's sessions that have not expired; some may have been ended since. */
  async keysOf(userId: string): Promise<string[]> {
    const { value } = await this.cache.getWithToken<Record<string, number>>(KEY_PREFIX + userId);
    return [...this.living(value).keys()];
  }

  private async change(userId: string, change: (sessions: Map<string, number>) => unknown): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { value, token } = await this.cache.getWithToken<Record<string, number>>(KEY_PREFIX + userId);
      const sessions = this.living(value);
      change(sessions);
      const kept = [...sessions].sort(([, a], [, b]) => b - a).slice(0, MAX_SESSIONS);
      const lastSeconds = Math.max(1, ...kept.map(([, endsAt]) => endsAt - this.nowSeconds()));
      if (await this.cache.compareAndSet(KEY_PREFIX + userId, token, Object.fromEntries(kept), timeoutOfSeconds(lastSeconds)))
        return;
    }
  }

  private living(value: Record<string, number> | null | undefined): Map<string, number> {
    const entries = Object.entries(value ?? {}).filter(([, endsAt]) => typeof endsAt === 'number' && endsAt > this.nowSeconds());
    return new Map(entries);
  }

  private nowSeconds(): number {
    return Math.floor(this.clock.wallMs() / 1000);
  }
}
