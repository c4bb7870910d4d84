import type { CacheSession } from 'nestjs-sentinel-cache';
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/** Where Django keeps it with CSRF_USE_SESSIONS; the library gives it a new value at every login. */
const FIELD = '_csrftoken';
const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 32;

/**
 * The token of this visitor, for a form. Made at the first one: a visitor without a session gets a session.
 */
export async function csrfTokenOf(session: CacheSession): Promise<string> {
  const known = await session.get(FIELD);
  if (typeof known === 'string' && known !== '') return known;
  const token = Array.from({ length: LENGTH }, () => SYMBOLS[randomInt(SYMBOLS.length)]).join('');
  await session.set(FIELD, token);
  return token;
}

/** Whether that is the token of this visitor. A visitor without one has no right one. */
export async function isCsrfTokenOf(session: CacheSession, given: unknown): Promise<boolean> {
  const known = await session.get(FIELD);
  if (typeof known !== 'string' || known === '' || typeof given !== 'string') return false;
  return timingSafeEqual(digest(known), digest(given));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
