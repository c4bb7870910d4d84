import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const SALT = 'django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash';

/** The key by which a stored hash is valid: SECRET_KEY, one of SECRET_KEY_FALLBACKS, or none. */
export type HashMatch = 'current' | 'fallback' | 'none';

/**
 * Computes Django's `_auth_user_hash`: 64 hex digits from the user's password hash and the SECRET_KEY, so
 * that a changed password ends every login. The same in Django 3.2 and 5.2.
 */
export function sessionAuthHash(passwordHash: string, secretKey: string): string {
  const key = createHash('sha256')
    .update(SALT + secretKey)
    .digest();
  return createHmac('sha256', key).update(passwordHash).digest('hex');
}

/** Compares the hash of a session, in constant time, under SECRET_KEY and then under each fallback. */
export function matchSessionAuthHash(stored: unknown, passwordHash: string, secretKeys: readonly string[]): HashMatch {
  const index = secretKeys.findIndex((key) => equalInConstantTime(stored, sessionAuthHash(passwordHash, key)));
  if (index === -1) return 'none';
  return index === 0 ? 'current' : 'fallback';
}

/** Returns whether two texts are equal; the time it takes tells nothing about where they differ. */
export function equalInConstantTime(stored: unknown, expected: string): boolean {
  if (typeof stored !== 'string') return false;
  const [a, b] = [Buffer.from(stored), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
