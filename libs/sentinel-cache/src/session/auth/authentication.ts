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

/** What a login needs of a user; all other fields are the application's. */
export interface LoginUser {
  /** Django's primary key. */
  readonly id: string | number | bigint;
  /** The column `password` of Django's user, unchanged: `pbkdf2_sha256$...`. */
  readonly passwordHash: string;
  /**
   * The authentication backend that accepted this user; needed where AUTHENTICATION_BACKENDS names several.
   */
  readonly backend?: string;
}

/** Options beside SECRET_KEY and AUTHENTICATION_BACKENDS. */
export interface AuthenticationOptions<User extends LoginUser = LoginUser> {
  /** Loads the user of an id; `currentUser` needs it. */
  readonly loadUser?: LoadUser<User>;
  /**
   * Called after each login. `sessionKey` is still undefined when another user's session had to make way: it
   * gets one when it is saved.
   */
  readonly onLogin?: (userId: string, session: CacheSession) => void | Promise<void>;
  /**
   * Called once for each session object whose login was found and is valid: logins made by Django are noticed
   * here.
   */
  readonly onCurrentUser?: (userId: string, session: CacheSession) => void | Promise<void>;
  /** Receives the first of a series of failures of `loadUser`, for a log. */
  readonly onLoadUserFailed?: (error: unknown) => void;
}

interface Attempt<User> {
  readonly login: StoredLogin;
  readonly user: Promise<User | null>;
}

/** Writes and reads logins in sessions as `django.contrib.auth` does. One for all sessions of a module. */
export class Authentication<User extends LoginUser = LoginUser> {
  /** Holds SECRET_KEY: private to the language, so that no log of a session shows it. */
  readonly #config: AuthConfig;
  /**
   * Holds users with their password hashes: private to the language, so that no log of a session shows them.
   */
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
   * Logs a user in whose password was checked already. The session gets a new key; it keeps what an anonymous
   * visitor had in it, and loses what another user had. Rejects with SessionUnavailableError,
   * SessionInterruptedError, SessionClosedError, InvalidArgumentError for a user without id or hash or a
   * backend that is not listed, and ImproperlyConfiguredError without a SECRET_KEY.
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

  /**
   * Ends the session with everything in it, here and at Django. Rejects with SessionUnavailableError or
   * SessionClosedError.
   */
  async logout(session: CacheSession): Promise<void> {
    this.#attempts.delete(session);
    await session.flush();
  }

  /**
   * Resolves to the user who is logged in, or null. Loads and checks the user once for each session object
   * and login. A hash that is not valid (the password was changed) ends the session; one that is valid by
   * SECRET_KEY_FALLBACKS is rewritten, under a new session key. A user whom another backend logged in, or
   * whom `loadUser` does not know, counts as nobody and keeps the session. Rejects with
   * SessionUnavailableError when the store or `loadUser` fails, which logs nobody out; with the error of
   * `loadUser` when that names an HTTP status; and with ImproperlyConfiguredError without `loadUser`.
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
      // The next call may find the store available again.
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
      throw new InvalidArgumentError(
        'login: expected a user with id and passwordHash, got one without. Give the column `password` of Django as passwordHash.',
      );
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
