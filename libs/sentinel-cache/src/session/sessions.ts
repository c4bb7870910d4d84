import { knowClass } from '../copies/known-classes.js';
import type { SentinelCache } from '../cache/sentinel-cache.js';
import { withoutSecret } from '../errors/without-secret.js';
import type { AuthConfig, SessionConfig } from '../settings/shapes/resolved-settings.js';
import type { Clock } from '../time/clock.js';
import { Authentication, type LoginUser } from './auth/authentication.js';
import { bindAuthentication } from './auth/login.js';
import type { LoadUser } from './auth/user-loader.js';
import type { CacheSession } from './state/cache-session.js';
import type { SessionEngine } from './port/session-engine.js';
import { SessionExchange } from './exchange/session-exchange.js';
import { SessionIndex } from './session-index.js';

/** One session of a user. */
export interface UserSession {
  /** Anyone who knows it has the session: don't log it. */
  readonly sessionKey: string;
  /**
   * Ends the session, and so logs that browser out. Rejects with CacheUnavailableError or
   * CommandRejectedError.
   */
  end(): Promise<void>;
}

/** The parts that `Sessions` is built from. */
export interface SessionsParts {
  readonly engine: SessionEngine;
  readonly config: SessionConfig;
  /** SECRET_KEY, its fallbacks, and AUTHENTICATION_BACKENDS. */
  readonly auth: AuthConfig;
  /** The strict cache that keeps the index of users' sessions. */
  readonly cache: SentinelCache;
  readonly clock: Clock;
  /** Loads the user of an id; `currentUser` needs it. */
  readonly loadUser?: LoadUser<LoginUser> | undefined;
  /** Receives what went wrong beside a request that succeeded, for a log. */
  readonly onError: (error: unknown) => void;
}

/** Session keys that this process remembers to have indexed. */
const REMEMBERED = 10_000;

/**
 * All sessions of one set of settings. Injectable when the settings have a SESSION_ENGINE; without one,
 * injecting it ends the boot with an ImproperlyConfiguredError.
 */
export class Sessions {
  static {
    knowClass(this, 'Sessions');
  }

  /** @internal Turns cookies into sessions, and sessions into cookies. */
  readonly exchange: SessionExchange;
  /** Holds SECRET_KEY: private to the language, so that no log shows it. */
  readonly #parts: SessionsParts;
  private readonly index: SessionIndex;
  /** Logged in during this request: indexed once the session has its key in the store. */
  private readonly loggedIn = new WeakMap<CacheSession, string>();
  /** Their keys: private to the language, so that no log shows one. */
  readonly #indexed = new Set<string>();

  /** @internal */
  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.index = new SessionIndex(parts.cache, parts.clock);
    const authentication = new Authentication(parts.auth, {
      ...(parts.loadUser ? { loadUser: parts.loadUser } : {}),
      onLogin: (userId, session) => void this.loggedIn.set(session, userId),
      onCurrentUser: (userId, session) => this.noteFound(userId, session),
      onLoadUserFailed: parts.onError,
    });
    this.exchange = new SessionExchange(parts.engine, parts.config, parts.clock, {
      onBegin: (session) => bindAuthentication(session, authentication),
      onSaved: (session, ageSeconds) => this.noteSaved(session, ageSeconds),
    });
  }

  /**
   * Resolves to the sessions in which this user is logged in. Logins made by Django are known from their
   * first request here on; with signed_cookies there are none, as the server keeps no state. Rejects with
   * CacheUnavailableError, CommandRejectedError or CodecError.
   */
  async forUser(userId: string | number | bigint): Promise<UserSession[]> {
    const id = String(userId);
    const keys = await this.index.keysOf(id);
    const living = await Promise.all(keys.map((key) => this.#parts.engine.exists(key)));
    return keys.filter((_, i) => living[i]).map((sessionKey) => ({ sessionKey, end: () => this.end(id, sessionKey) }));
  }

  /**
   * Removes expired sessions where the store does not do that by itself (Django's clearsessions). Rejects
   * with CacheUnavailableError, and with CodecError when files could not be read: the others are removed.
   */
  async clearExpired(): Promise<void> {
    await this.#parts.engine.clearExpired();
  }

  private async end(userId: string, sessionKey: string): Promise<void> {
    await this.#parts.engine.delete(sessionKey);
    await this.index.forget(userId, sessionKey);
  }

  private async noteFound(userId: string, session: CacheSession): Promise<void> {
    if (session.sessionKey !== undefined && !this.#indexed.has(session.sessionKey)) {
      await this.note(userId, session.sessionKey, await session.getExpiryAge());
    }
  }

  private async noteSaved(session: CacheSession, ageSeconds: number): Promise<void> {
    const userId = this.loggedIn.get(session);
    if (userId === undefined || session.sessionKey === undefined) return;
    this.loggedIn.delete(session);
    await this.note(userId, session.sessionKey, ageSeconds);
  }

  /** The index is a convenience: what goes wrong with it is logged, and fails no request. */
  private async note(userId: string, sessionKey: string, ageSeconds: number): Promise<void> {
    if (this.#parts.engine.seal || ageSeconds <= 0) return;
    try {
      await this.index.note(userId, sessionKey, ageSeconds);
      this.#indexed.add(sessionKey);
      for (const oldest of this.#indexed) {
        if (this.#indexed.size <= REMEMBERED) break;
        this.#indexed.delete(oldest);
      }
    } catch (error) {
      this.#parts.onError(withoutSecret(error, sessionKey));
    }
  }
}
