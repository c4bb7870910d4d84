import { readCookie } from '../../headers/cookie.js';
import { CookieWriter, deleteCookie, type CookieScope } from '../../headers/set-cookie.js';
import type { SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import { CacheSession } from '../state/cache-session.js';
import type { SessionEngine } from '../port/session-engine.js';
import { acceptSessionKey } from '../port/session-key.js';

/** What a session asks of the response. */
export interface ResponseChanges {
  readonly setCookie: string | undefined;
  readonly varyOnCookie: boolean;
}

/** Who else wants to know of sessions. */
export interface SessionHooks {
  /** A new session, before anybody else has it. */
  onBegin(session: CacheSession): void;
  /** It is in the store, for so long. */
  onSaved(session: CacheSession, ageSeconds: number): Promise<void>;
}

const NOTHING: ResponseChanges = Object.freeze({ setCookie: undefined, varyOnCookie: false });
const READ: ResponseChanges = Object.freeze({ setCookie: undefined, varyOnCookie: true });
/** From here on nothing is saved: the request failed (as of Django 5.2). */
const SERVER_ERROR = 500;

/**
 * From a request's cookie to its session, and from the session to the response's headers:
 *
 * - untouched: nothing at all. Read: `Vary: Cookie`. Written and not empty: saved, and a cookie.
 * - A cookie whose session turned out empty is deleted. In an outage it is not.
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

  /** What a request's Cookie header says of its session. */
  cookieOf(cookieHeader: string | undefined): string | undefined {
    return readCookie(cookieHeader, this.config.cookieName);
  }

  /** The session of a request by its cookie; asks nothing of the store yet. */
  begin(cookie: string | undefined): CacheSession {
    const session = new CacheSession(this.engine, this.config, this.clock, cookie);
    this.hooks.onBegin(session);
    return session;
  }

  /**
   * Whether a request has to do with its session, touched or not: one that is saved whatever happens, and a key too short to be one, whose
   * cookie is deleted.
   */
  concerns(cookie: string | undefined): boolean {
    return cookie !== undefined && (this.config.saveEveryRequest || acceptSessionKey(cookie) === undefined);
  }

  /** Saves what there is to save and says what the response has to carry. After it the session is closed. */
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
