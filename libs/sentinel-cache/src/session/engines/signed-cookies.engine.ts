import { CodecError } from '../../errors/codec.error.js';
import type { AuthConfig, SessionConfig } from '../../settings/shapes/resolved-settings.js';
import type { Clock } from '../../time/clock.js';
import type { SessionData, SessionEngine, StoredSession } from '../port/session-engine.js';
import { expiryOf } from '../port/session-expiry.js';
import { COOKIE_SALT, SessionSigner } from '../signing/session-signer.js';

/** Largest JSON of a session before compression, in bytes: hundreds of times what a cookie has room for. */
const MAX_BYTES = 1024 * 1024;
/**
 * Most bytes that browsers keep of one cookie, name and value together (RFC 6265, 6.1); they drop a larger
 * one silently.
 */
const MAX_COOKIE_BYTES = 4096;

/**
 * `django.contrib.sessions.backends.signed_cookies`: keeps the session in the value of its cookie, signed and
 * readable. The server keeps no state, so that a session can't be ended before its time, and of two requests
 * at once the last response wins.
 *
 * A cookie that can't be read is hostile input: it counts as no session.
 */
export class SignedCookiesEngine implements SessionEngine {
  readonly keepsDates = false;
  private readonly signer: SessionSigner;

  constructor(
    private readonly config: SessionConfig,
    auth: AuthConfig,
    private readonly clock: Clock,
  ) {
    this.signer = new SessionSigner({ secretKeys: auth.secretKeys, salt: COOKIE_SALT, maxBytes: MAX_BYTES, clock });
  }

  /**
   * Resolves to the session unless it is older than SESSION_COOKIE_AGE, as in Django, or past its own expiry,
   * which Django ignores.
   */
  async load(cookieValue: string): Promise<StoredSession | undefined> {
    if (cookieValue.length > MAX_COOKIE_BYTES) return undefined;
    const unsigned = this.signer.unsign(cookieValue);
    if ('problem' in unsigned) return undefined;
    const { data, signedAtMs } = unsigned;
    const oldestMs = signedAtMs + this.config.cookieAgeSeconds * 1000;
    const endsMs = Math.min(oldestMs, expiryOf(data, this.config, signedAtMs).date.getTime());
    if (this.clock.wallMs() > endsMs) return undefined;
    return { data, token: cookieValue, pristine: () => this.signer.unsignStored(cookieValue).data };
  }

  /**
   * Returns the cookie's value. Throws CodecError for what JSON can't hold, and for a cookie larger than
   * browsers keep.
   */
  seal(data: SessionData): string {
    const value = this.signer.sign(data);
    const bytes = this.config.cookieName.length + 1 + value.length;
    if (bytes <= MAX_COOKIE_BYTES) return value;
    throw new CodecError(
      `SESSION_ENGINE signed_cookies: expected at most ${MAX_COOKIE_BYTES} bytes of cookie, got ${bytes}. Keep less in the session, or use another engine.`,
    );
  }

  async create(): Promise<boolean> {
    return true;
  }

  async replace(): Promise<boolean> {
    return true;
  }

  async exists(): Promise<boolean> {
    return false;
  }

  /** Resolves to true: the response deletes the cookie, and there is nothing else. */
  async delete(): Promise<boolean> {
    return true;
  }

  async clearExpired(): Promise<void> {
    // Browsers delete them by themselves.
  }
}
