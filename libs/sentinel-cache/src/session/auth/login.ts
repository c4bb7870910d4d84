import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { CacheSession } from '../state/cache-session.js';
import { Authentication, type LoginUser } from './authentication.js';

/** On the session itself, not in a table of this module: a second copy of the package finds it too. */
const AUTHENTICATION = Symbol.for('nestjs-sentinel-cache.authentication');

/** Ties a new session to the settings it came from. The exchange says this once for each session that it makes. */
export function bindAuthentication(session: CacheSession, authentication: Authentication): void {
  (session as { [AUTHENTICATION]?: Authentication })[AUTHENTICATION] = authentication;
}

/** What the session was bound to; throws InvalidArgumentError for anything but a session of a request. */
export function authenticationOf(session: CacheSession): Authentication {
  const bound = (session as { [AUTHENTICATION]?: Authentication } | null | undefined)?.[AUTHENTICATION];
  if (bound) return bound;
  const isSession = session instanceof CacheSession;
  throw new InvalidArgumentError(
    isSession
      ? 'Expected a session that a request brought, got one that was made elsewhere. Take @Session() of the request.'
      : `Expected the CacheSession of a request, got ${session === null ? 'null' : typeof session}. Set SESSION_ENGINE, and let nothing else own req.session.`,
  );
}

/**
 * Logs a user in, here and at Django: call it once the password was checked. The session gets a new key; what an anonymous visitor
 * had in it stays, what another user had does not. `backend` is needed where AUTHENTICATION_BACKENDS names several.
 *
 * Rejects with SessionUnavailableError (503) in an outage, ImproperlyConfiguredError without a SECRET_KEY, InvalidArgumentError for a
 * backend that is not listed.
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

/** Logs out, here and at Django: the session ends with everything in it. Rejects with SessionUnavailableError (503) in an outage. */
export async function logout(session: CacheSession): Promise<void> {
  await authenticationOf(session).logout(session);
}

/**
 * The user who is logged in, as `loadUser` gave it, or null; asked and checked once a request. Rejects with SessionUnavailableError
 * (503) when the store or `loadUser` fails: that logs nobody out.
 */
export async function currentUser<User extends LoginUser = LoginUser>(session: CacheSession): Promise<User | null> {
  return (await authenticationOf(session).currentUser(session)) as User | null;
}
