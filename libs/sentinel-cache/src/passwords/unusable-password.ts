import { randomText } from './hashers/encoding.js';

/** What begins the hash of a user who has no password. */
const UNUSABLE_PREFIX = '!';
/** Django's UNUSABLE_PASSWORD_SUFFIX_LENGTH; what is hashed when there is nothing to check is as long. */
export const UNUSABLE_SUFFIX_LENGTH = 40;

/** Returns Django's unusable password: `!` and 40 random characters. */
export function unusablePassword(): string {
  return UNUSABLE_PREFIX + randomText(UNUSABLE_SUFFIX_LENGTH);
}

/**
 * Tells whether a hash may have a password: false for Django's `!...` of a user without one
 * (`set_unusable_password`), and for none at all. Django itself says true of None.
 */
export function isPasswordUsable(encoded: string | null | undefined): boolean {
  return typeof encoded === 'string' && !encoded.startsWith(UNUSABLE_PREFIX);
}
