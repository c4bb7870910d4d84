import { readCookie } from '../../headers/cookie.js';
import { CookieWriter, deleteCookie, type CookieScope } from '../../headers/set-cookie.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { CacheSession } from '../state/cache-session.js';
import type { SessionEngine } from '../port/session-engine.js';
import { acceptSessionKey } from '../port/session-key.js';

/** What a session adds to the headers of a response. */
export interface ResponseChanges {
  /** The value of a `Set-Cookie` header. */
  readonly setCookie: string | undefined;
  /** Whether `Vary` has to name `Cookie`. */
  readonly varyOnCookie: boolean;
}

/** Receives what happens to sessions. */
export interface SessionHooks {
  /** Receives a new session before the program does. */
  onBegin(session: CacheSession): void;
  /**
   * Receives a session that was stored, and for how many seconds. What it rejects with fails the response.
   */
  onSaved(session: CacheSession, ageSeconds: number): Promise<void>;
}

const NOTHING: ResponseChanges = Object.freeze({ setCookie: undefined, varyOnCookie: false });
const READ: ResponseChanges = Object.freeze({ setCookie: undefined, varyOnCookie: true });
/** From this status on nothing is saved: the request failed (as in Django 5.2). */
const SERVER_ERROR = 500;

/**
 * Turns the cookie of a request into its session, and the session into headers of the response:
 *
 * - Untouched it adds nothing; read, `Vary: Cookie`; written and not empty, it is saved and gets a cookie.
 * - A cookie whose session turned out to be empty is deleted, but not in an outage.
 */
export class SessionExchange {
  private readonly scope: CookieScope;
  private readonly cookie: CookieWriter;

  constructor(
    private readonly engine: SessionEngine,
    private readonly config: SessionConfig,
    private readonly clock: Clock,
    private readonly hooks: SessionHooks,
  ) {
    this.scope = {
      name: config.cookieName,
      path: config.cookiePath,
      domain: config.cookieDomain,
      sameSite: config.cookieSameSite,
      secure: config.cookieSecure,
      httpOnly: config.cookieHttpOnly,
    };
    this.cookie = new CookieWriter(this.scope);
  }

  /** Reads the session's cookie from a Cookie header. */
  cookieOf(cookieHeader: string | undefined): string | undefined {
    return readCookie(cookieHeader, this.config.cookieName);
  }

  /** Creates the session of a request; asks nothing of the store yet. */
  begin(cookie: string | undefined): CacheSession {
    const session = new CacheSession(this.engine, this.config, this.clock, cookie);
    this.hooks.onBegin(session);
    return session;
  }

  /**
   * Returns whether the response depends on the session even if the program never uses it: a session that
   * every request saves, or a key too short to be one, whose cookie is deleted.
   */
  concerns(cookie: string | undefined): boolean {
    return cookie !== undefined && (this.config.saveEveryRequest || acceptSessionKey(cookie) === undefined);
  }

  /**
   * Saves what there is to save, and closes the session. Resolves to what the response has to carry. Rejects
   * with SessionUnavailableError or SessionInterruptedError, and with CodecError for a field that can't be
   * written.
   */
  async finish(session: CacheSession, status: number): Promise<ResponseChanges> {
    const { state } = session;
    try {
      const hadCookie = state.cookie !== undefined;
      if (hadCookie && this.config.saveEveryRequest && status < SERVER_ERROR) await state.read();
      const modified = await state.isModified();
      if (state.isEmpty() && !state.isOutage)
        return hadCookie ? { setCookie: deleteCookie(this.scope), varyOnCookie: true } : this.read(session);
      const save = modified || (this.config.saveEveryRequest && !state.isOutage);
      if (!save || state.isEmpty() || status >= SERVER_ERROR) return this.read(session);
      return { setCookie: await this.save(session), varyOnCookie: true };
    } finally {
      state.close();
    }
  }

  private read(session: CacheSession): ResponseChanges {
    return session.accessed ? READ : NOTHING;
  }

  /** Cookie and entry end at the same moment: that of the expiry the session was stored with. */
  private async save(session: CacheSession): Promise<string> {
    const { ageSeconds, nowMs, atBrowserClose } = await session.state.save();
    await this.hooks.onSaved(session, ageSeconds);
    return this.cookie.write(session.sessionKey!, atBrowserClose ? undefined : { seconds: ageSeconds, nowMs });
  }
}
