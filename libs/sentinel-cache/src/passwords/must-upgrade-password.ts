import { readPasswordOptions, type PasswordOptions } from './password-options.js';
import { readStored } from './stored-password.js';

/**
 * Tells whether a hash should be made anew, now that its password is known: another algorithm than the
 * preferred one, other costs, or a salt below 128 bits. Django asks the same of its default hasher at each
 * login. False for what no password can be right for. Asks no package, and takes no time. Throws an
 * InvalidArgumentError for options that can't be used.
 *
 * @example
 * if (mustUpgradePassword(user.passwordHash)) user.passwordHash = await makePassword(password);
 */
export function mustUpgradePassword(encoded: string | null | undefined, options: PasswordOptions = {}): boolean {
  const resolved = readPasswordOptions('mustUpgradePassword', options);
  const stored = typeof encoded === 'string' ? readStored(encoded, resolved) : undefined;
  return stored !== undefined && (!stored.isPreferred || stored.mustUpgrade);
}
