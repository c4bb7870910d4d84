import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { randomText } from './hashers/encoding.js';
import { readPasswordOptions, type PasswordOptions } from './password-options.js';
import { preferredHasher, readStored, passwordProblem } from './stored-password.js';
import { UNUSABLE_SUFFIX_LENGTH } from './unusable-password.js';

/**
 * Checks a password against a hash of Django's: what stands in `auth_user.password`. Resolves to true or
 * false, compared in constant time, off the event loop.
 *
 * False where there is nothing to check, after the time that hashing with `options` takes: no hash (null or
 * undefined: no such user), Django's `!...` of a user without a password, a text that no hasher wrote, an
 * algorithm that PasswordAlgorithm does not name, costs above the bounds of PasswordOptions; no password, or
 * one above 1 MiB of UTF-8. So pass `user?.passwordHash`, and the time tells nobody who has an account.
 *
 * Rejects with ImproperlyConfiguredError when the hash needs a package that can't be loaded
 * (`@node-rs/argon2`, `bcrypt`), and with InvalidArgumentError for a hash that is no text, and for options
 * that can't be used.
 *
 * @example
 * const user = await users.byName(name);
 * const isRight = await checkPassword(password, user?.passwordHash);
 * if (!user || !isRight) throw new UnauthorizedException();
 */
export async function checkPassword(
  raw: string | null | undefined,
  encoded: string | null | undefined,
  options: PasswordOptions = {},
): Promise<boolean> {
  const resolved = readPasswordOptions('checkPassword', options);
  if (encoded !== null && encoded !== undefined && typeof encoded !== 'string') throw noText(encoded);
  const stored = typeof encoded === 'string' ? readStored(encoded, resolved) : undefined;
  // A login form may send anything for a password.
  if (stored === undefined || typeof raw !== 'string' || passwordProblem(raw) !== undefined) {
    await preferredHasher(resolved).encode(Buffer.from(randomText(UNUSABLE_SUFFIX_LENGTH)));
    return false;
  }
  const password = Buffer.from(raw);
  const isCorrect = await stored.verify(password);
  if (!isCorrect && stored.isPreferred) await stored.hardenRuntime(password);
  return isCorrect;
}

function noText(encoded: unknown): InvalidArgumentError {
  const got = Buffer.isBuffer(encoded) ? 'a Buffer' : typeof encoded;
  return new InvalidArgumentError(
    `checkPassword, encoded: expected the text of Django's column password, or null, got ${got}. A Buffer becomes text by toString().`,
  );
}
