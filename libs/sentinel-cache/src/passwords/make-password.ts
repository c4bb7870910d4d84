import { InvalidArgumentError } from '../errors/invalid-argument.error.js';
import { readPasswordOptions, type PasswordOptions } from './password-options.js';
import { passwordProblem, preferredHasher } from './stored-password.js';
import { unusablePassword } from './unusable-password.js';

/**
 * Hashes a password as Django does, with a new salt. Resolves to what belongs into `auth_user.password`: at
 * most 128 characters. Works off the event loop. null makes Django's unusable password (`!` and 40 random
 * characters), which no password is right for.
 *
 * Rejects with InvalidArgumentError for what is no text, has lone surrogates or is above 1 MiB of UTF-8; for
 * what `bcrypt` would cut (72 bytes, NUL); and for options that can't be used. Rejects with
 * ImproperlyConfiguredError when the preferred algorithm's package can't be loaded.
 *
 * @example
 * await makePassword('secret'); // 'pbkdf2_sha256$1000000$...'
 * await makePassword('secret', { preferred: 'argon2' });
 */
export async function makePassword(raw: string | null, options: PasswordOptions = {}): Promise<string> {
  const resolved = readPasswordOptions('makePassword', options);
  if (raw === null) return unusablePassword();
  if (typeof raw !== 'string') {
    const got = typeof raw as string;
    throw new InvalidArgumentError(
      `makePassword, raw: expected a string, or null for an unusable password, got ${got}. Give the text that the user typed.`,
    );
  }
  const problem = passwordProblem(raw);
  if (problem === undefined) return preferredHasher(resolved).encode(Buffer.from(raw));
  throw new InvalidArgumentError(`makePassword, raw: ${problem}. Ask the user for another password.`);
}
