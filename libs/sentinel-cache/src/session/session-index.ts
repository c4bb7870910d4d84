import type { SentinelCache } from '../cache/sentinel-cache.js';
import type { Clock } from '../time/clock.js';

/** Our own key; Django knows nothing of it. */
const KEY_PREFIX = 'nestjs-sentinel-cache.sessions.user.';
const ATTEMPTS = 50;
/** Nobody has more sessions than this; the ones that end first give way. */
const MAX_SESSIONS = 1000;

/** Which sessions a user has, by session key, with the second of the epoch at which each is over. Kept beside the sessions. */
export class SessionIndex {
  constructor(
    private readonly cache: SentinelCache,
    private readonly clock: Clock,
  ) {}

  /** Remembers that the user is logged in there. */
  async note(userId: string, sessionKey: string, ageSeconds: number): Promise<void> {
    const endsAt = this.nowSeconds() + ageSeconds;
    await this.change(userId, (sessions) => sessions.set(sessionKey, endsAt));
  }

  async forget(userId: string, sessionKey: string): Promise<void> {
    await this.change(userId, (sessions) => sessions.delete(sessionKey));
  }

  /** The keys of sessions that may still live. */
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
      if (await this.cache.compareAndSet(KEY_PREFIX + userId, token, Object.fromEntries(kept), lastSeconds)) return;
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
