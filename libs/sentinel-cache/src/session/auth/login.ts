import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { CacheSession } from '../state/cache-session.js';
import { Authentication, type LoginUser } from './authentication.js';

/** On the session itself, not in a table of this module: a second copy of the package finds it too. */
const AUTHENTICATION = Symbol.for('nestjs-sentinel-cache.authentication');

/** Ties a new session to the settings that it came from. The exchange calls it once for each session. */
export function bindAuthentication(session: CacheSession, authentication: Authentication): void {
  (session as { [AUTHENTICATION]?: Authentication })[AUTHENTICATION] = authentication;
}

/**
 * Returns what the session was bound to. Throws InvalidArgumentError for anything but the session of a
 * request.
 */
export function authenticationOf(session: CacheSession): Authentication {
  const bound = (session as { [AUTHENTICATION]?: Authentication } | null | undefined)?.[AUTHENTICATION];
  if (bound) return bound;
  const isSession = session instanceof CacheSession;
  throw new InvalidArgumentError(
    isSession
      ? 'session: expected the session of a request, got one that was made elsewhere. Take @Session() of the request.'
      : `session: expected the CacheSession of a request, got ${session === null ? 'null' : typeof session}. Set SESSION_ENGINE, and let nothing else own req.session.`,
  );
}

/**
 * Logs a user in, here and at Django: call it once the password was checked. The session gets a new key; it
 * keeps what an anonymous visitor had in it, and loses what another user had. `backend` is needed where
 * AUTHENTICATION_BACKENDS names several.
 *
 * Rejects with SessionUnavailableError (503) in an outage, SessionInterruptedError (400) when the session was
 * ended meanwhile, SessionClosedError once the response has left, ImproperlyConfiguredError without a
 * SECRET_KEY, and InvalidArgumentError for a backend that is not listed or a user without id or hash.
 *
 * @example
 * ```ts
 * async signIn(@Body() body: SignIn, @Session() session: CacheSession) {
 *   const user = await this.users.check(body.name, body.password); // { id, passwordHash, ... }
 *   await login(session, user);
 * }
 * ```
 */
export async function login(session: CacheSession, user: LoginUser, backend?: string): Promise<void> {
  await authenticationOf(session).login(session, user, backend);
}

/**
 * Logs the user out, here and at Django: ends the session with everything in it. Rejects with
 * SessionUnavailableError (503) in an outage, SessionClosedError once the response has left, and
 * InvalidArgumentError for anything but the session of a request.
 */
export async function logout(session: CacheSession): Promise<void> {
  await authenticationOf(session).logout(session);
}

/**
 * Resolves to the user who is logged in, as `loadUser` gave it, or null. Loads and checks the user once a
 * request. Rejects with SessionUnavailableError (503) when the store or `loadUser` fails, which logs nobody
 * out; with the error of `loadUser` when that names an HTTP status; with ImproperlyConfiguredError without
 * `loadUser`; and with InvalidArgumentError for anything but the session of a request.
 */
export async function currentUser<User extends LoginUser = LoginUser>(session: CacheSession): Promise<User | null> {
  return (await authenticationOf(session).currentUser(session)) as User | null;
}
