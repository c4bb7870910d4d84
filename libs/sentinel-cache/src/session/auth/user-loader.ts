import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';

/**
 * The user of an id as it stands in the session (Django's primary key as text), or nothing when there is none who may log in: give
 * nothing for Django's `is_active = False`. A rejection means that it could not be found out: HTTP 503, and nobody is logged out.
 */
export type LoadUser<User> = (id: string) => User | null | undefined | Promise<User | null | undefined>;

/** Asks the application for a user, and tells an outage from "no such user". */
export class UserLoader<User extends { readonly passwordHash: string }> {
  private failing = false;

  constructor(
    private readonly loadUser: LoadUser<User> | undefined,
    private readonly onFailed: ((error: unknown) => void) | undefined,
  ) {}

  /** Rejects with SessionUnavailableError when `loadUser` fails, but for errors that name an HTTP status of their own. */
  async load(id: string): Promise<User | undefined> {
    const user = await this.ask(id);
    if (user === null || user === undefined) return undefined;
    if (typeof user.passwordHash === 'string') return user;
    throw new InvalidArgumentError('loadUser: expected a user with passwordHash (the column `password` of Django), or null.');
  }

  private async ask(id: string): Promise<User | null | undefined> {
    if (!this.loadUser) throw noLoader();
    try {
      const user = await this.loadUser(id);
      this.failing = false;
      return user;
    } catch (error) {
      if (!this.failing) this.onFailed?.(error);
      this.failing = true;
      throw namesStatus(error) ? error : new SessionUnavailableError({ cause: error });
    }
  }
}

/** Nest's HttpException, or an error with a `statusCode`. */
function namesStatus(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return (
    ('getStatus' in error && typeof error.getStatus === 'function') ||
    ('statusCode' in error && typeof error.statusCode === 'number')
  );
}

function noLoader(): ImproperlyConfiguredError {
  const remedy = 'Write forRoot(settings, { loadUser: (id) => ({ id, passwordHash }) }).';
  return new ImproperlyConfiguredError([{ path: 'loadUser', expected: 'a function', got: 'nothing', remedy }]);
}
