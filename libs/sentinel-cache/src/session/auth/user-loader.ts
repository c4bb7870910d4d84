import { ImproperlyConfiguredError } from '../../errors/improperly-configured.error.js';
import { InvalidArgumentError } from '../../errors/invalid-argument.error.js';
import { SessionUnavailableError } from '../../errors/session-unavailable.error.js';

/**
 * Loads the user of an id as the session holds it: Django's primary key as text. Gives null or undefined when
 * there is no such user, or one who may not log in (Django's `is_active = False`). Rejects when that could
 * not be found out: HTTP 503, and nobody is logged out.
 */
export type LoadUser<User> = (id: string) => User | null | undefined | Promise<User | null | undefined>;

/** Asks the application for a user, and turns its failures into SessionUnavailableError. */
export class UserLoader<User extends { readonly passwordHash: string }> {
  private failing = false;

  constructor(
    private readonly loadUser: LoadUser<User> | undefined,
    private readonly onFailed: ((error: unknown) => void) | undefined,
  ) {}

  /**
   * Resolves to the user, or undefined. Rejects with SessionUnavailableError when `loadUser` fails, unless
   * its error names an HTTP status; with InvalidArgumentError for a user without a hash; and with
   * ImproperlyConfiguredError without `loadUser`.
   */
  async load(id: string): Promise<User | undefined> {
    const user = await this.ask(id);
    if (user === null || user === undefined) return undefined;
    if (typeof user.passwordHash === 'string') return user;
    throw new InvalidArgumentError(
      'loadUser: expected a user with passwordHash, or null, got a user without. Give the column `password` of Django as passwordHash.',
    );
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

/** True for Nest's HttpException, and for an error with a `statusCode`. */
function namesStatus(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return (
    ('getStatus' in error && typeof error.getStatus === 'function') ||
    ('statusCode' in error && typeof error.statusCode === 'number')
  );
}

function noLoader(): ImproperlyConfiguredError {
  const remedy =
    'Write forRoot(settings, { loadUser: (id) => ({ id, passwordHash }) }), or `loadUser` beside the useFactory of forRootAsync.';
  return new ImproperlyConfiguredError([{ path: 'loadUser', expected: 'a function', got: 'nothing', remedy }]);
}
