import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import type { AuthConfig } from '../../settings/shapes/resolved-settings.js';
import type { CacheSession } from '../state/cache-session.js';
import {
  HASH_FIELD,
  isSameLogin,
  readLogin,
  rotateCsrfToken,
  USER_ID_FIELD,
  writeLogin,
  type StoredLogin,
} from './login-fields.js';
import { equalInConstantTime, matchSessionAuthHash, sessionAuthHash } from './session-auth-hash.js';
import { UserLoader, type LoadUser } from './user-loader.js';

/** What a login needs of a user; the rest is the application's own. */
export interface LoginUser {
  /** Django's primary key. */
  readonly id: string | number | bigint;
  /** The column `password` of Django's user, as it stands there: `pbkdf2_sha256$...`. */
  readonly passwordHash: string;
  /** Who vouched for this user, where AUTHENTICATION_BACKENDS names several. */
  readonly backend?: string;
}

/** What stands beside SECRET_KEY and AUTHENTICATION_BACKENDS. */
export interface AuthenticationOptions<User extends LoginUser = LoginUser> {
  readonly loadUser?: LoadUser<User>;
  /** After each login. `sessionKey` is still undefined when another user's session had to make way: it gets one when it is saved. */
  readonly onLogin?: (userId: string, session: CacheSession) => void | Promise<void>;
  /** A login was found in the session and holds, once for each session object: Django's logins are noticed here. */
  readonly onCurrentUser?: (userId: string, session: CacheSession) => void | Promise<void>;
  /** The first of a row of failures of `loadUser`: for the log. */
  readonly onLoadUserFailed?: (error: unknown) => void;
}

interface Attempt<User> {
  readonly login: StoredLogin;
  readonly user: Promise<User | null>;
}

/** Logins in sessions, as `django.contrib.auth` writes and reads them. One for all sessions of a module. */
export class Authentication<User extends LoginUser = LoginUser> {
  /** Holds SECRET_KEY: private to the language, so that no log of a session shows it. */
  readonly #config: AuthConfig;
  /** Holds users with their password hashes: private to the language, so that no log of a session shows them. */
  readonly #attempts = new WeakMap<CacheSession, Attempt<User>>();
  private readonly users: UserLoader<User>;

  constructor(
    config: AuthConfig,
    private readonly options: AuthenticationOptions<User> = {},
  ) {
    this.#config = config;
    this.users = new UserLoader(options.loadUser, options.onLoadUserFailed);
    if (options.loadUser !== undefined) this.secretKey();
  }

  /**
   * Logs a user in whose password, or whatever counts, was checked already. The session gets a new key; what an anonymous visitor
   * had in it stays, what another user had does not. Rejects with SessionUnavailableError in an outage.
   */
  async login(session: CacheSession, user: User, backend?: string): Promise<void> {
    const login = this.loginOf(user, backend);
    if (!(await session.has(USER_ID_FIELD))) await session.cycleKey();
    else if (!(await this.isLoginOf(session, login))) await session.flush();
    await writeLogin(session, login);
    await rotateCsrfToken(session);
    this.#attempts.set(session, { login, user: Promise.resolve(user) });
    await this.options.onLogin?.(login.userId, session);
  }

  /** Ends the session with everything in it, here and at Django, whoever was logged in. Rejects with SessionUnavailableError in an outage. */
  async logout(session: CacheSession): Promise<void> {
    this.#attempts.delete(session);
    await session.flush();
  }

  /**
   * The user who is logged in, or null. Loaded and checked once for each session object and login. A hash that does not hold (the
   * password was changed) ends the session; one that holds by SECRET_KEY_FALLBACKS is rewritten, under a new session key. Who was
   * logged in by a backend that is not listed here, or is unknown to `loadUser`, is nobody here, but keeps the session.
   * Rejects with SessionUnavailableError when the session's store or `loadUser` fails: that logs nobody out.
   */
  async currentUser(session: CacheSession): Promise<User | null> {
    const login = await readLogin(session);
    if (!login || !this.#config.backends.includes(login.backend)) return null;
    let attempt = this.#attempts.get(session);
    if (!attempt || !isSameLogin(attempt.login, login)) {
      attempt = { login, user: this.verify(session, login) };
      this.#attempts.set(session, attempt);
    }
    try {
      return await attempt.user;
    } catch (error) {
      // The next call may find the store well again.
      if (this.#attempts.get(session) === attempt) this.#attempts.delete(session);
      throw error;
    }
  }

  private async verify(session: CacheSession, login: StoredLogin): Promise<User | null> {
    const user = await this.users.load(login.userId);
    if (!user) return null;
    const match = matchSessionAuthHash(login.hash, user.passwordHash, this.#config.secretKeys);
    // Once the response has left, neither a new key nor the end of this one would reach the visitor.
    const mayWrite = !session.state.isClosed;
    if (match === 'none') {
      if (mayWrite) await session.flush();
      return null;
    }
    if (match === 'fallback' && mayWrite) await this.renew(session, login, user);
    await this.options.onCurrentUser?.(login.userId, session);
    return user;
  }

  private async renew(session: CacheSession, login: StoredLogin, user: User): Promise<void> {
    await session.cycleKey();
    const hash = sessionAuthHash(user.passwordHash, this.secretKey());
    await session.set(HASH_FIELD, hash);
    this.#attempts.set(session, { login: { ...login, hash }, user: Promise.resolve(user) });
  }

  private async isLoginOf(session: CacheSession, login: StoredLogin): Promise<boolean> {
    const sameHash = equalInConstantTime(await session.get(HASH_FIELD), String(login.hash));
    return sameHash && String(await session.get(USER_ID_FIELD)) === login.userId;
  }

  private loginOf(user: User, backend: string | undefined): StoredLogin {
    if (typeof user?.passwordHash !== 'string' || !['string', 'number', 'bigint'].includes(typeof user.id)) {
      throw new InvalidArgumentError('login: expected a user with id and passwordHash (the column `password` of Django).');
    }
    return {
      userId: String(user.id),
      backend: this.backendOf(backend ?? user.backend),
      hash: sessionAuthHash(user.passwordHash, this.secretKey()),
    };
  }

  private backendOf(named: string | undefined): string {
    const { backends } = this.#config;
    const backend = named ?? (backends.length === 1 ? backends[0] : undefined);
    if (backend !== undefined && backends.includes(backend)) return backend;
    const got = named === undefined ? `none, and there are ${backends.length}` : `'${named}'`;
    throw new InvalidArgumentError(`login: expected a backend of AUTHENTICATION_BACKENDS, got ${got}. Name one of them.`);
  }

  private secretKey(): string {
    const [key] = this.#config.secretKeys;
    if (key !== undefined) return key;
    const remedy = "Write Django's SECRET_KEY: logins are proven with it.";
    throw new ImproperlyConfiguredError([{ path: 'SECRET_KEY', expected: 'a key', got: 'nothing', remedy }]);
  }
}
