import type { SentinelCache } from '../../cache/sentinel-cache.js';
import { timeoutOfSeconds } from '../../time/lifetime.js';
import { CodecError } from '../../errors/codec.error.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { toFields } from '../port/stored-fields.js';

/** Django's key prefix of this engine; no separator follows. */
const KEY_PREFIX = 'django.contrib.sessions.cache';

/**
 * `django.contrib.sessions.backends.cache`: keeps the plain dict in a cache, through the cache's own
 * serializer. Takes the strict cache, so that an outage rejects.
 */
export class CacheEngine implements SessionEngine {
  readonly keepsDates: boolean;
  private readonly cache: SentinelCache;

  constructor(
    cache: SentinelCache,
    private readonly keyPrefix = KEY_PREFIX,
  ) {
    this.cache = cache.withSecretKeys();
    this.keepsDates = cache.keepsDates();
  }

  /** Loads a session. A stored None is no session, as in Django. */
  async load(sessionKey: string): Promise<StoredSession | undefined> {
    const found = await this.cache.getWithToken(this.keyPrefix + sessionKey);
    const { value } = found;
    return value === undefined || value === null ? undefined : new CachedSession(toFields(value), found);
  }

  create(sessionKey: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return this.cache.add(this.keyPrefix + sessionKey, data, timeoutOfSeconds(ageSeconds));
  }

  replace(sessionKey: string, token: string, data: SessionData, ageSeconds: number): Promise<boolean> {
    return this.cache.compareAndSet(this.keyPrefix + sessionKey, token, data, timeoutOfSeconds(ageSeconds));
  }

  delete(sessionKey: string): Promise<boolean> {
    return this.cache.delete(this.keyPrefix + sessionKey);
  }

  /**
   * Reads from the primary: a replica may not know the session yet. An entry that can't be read counts as
   * there.
   */
  async exists(sessionKey: string): Promise<boolean> {
    try {
      return (await this.load(sessionKey)) !== undefined;
    } catch (error) {
      if (error instanceof CodecError) return true;
      throw error;
    }
  }

  async clearExpired(): Promise<void> {
    // Redis deletes them by itself.
  }
}

class CachedSession implements StoredSession {
  constructor(
    readonly data: SessionData,
    private readonly found: { readonly token: string; copy(): unknown },
  ) {}

  pristine(): SessionData {
    return toFields(this.found.copy());
  }

  get token(): string {
    return this.found.token;
  }
}
