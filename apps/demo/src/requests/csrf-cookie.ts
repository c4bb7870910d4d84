import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const COOKIE = /(?:^|;\s*)csrftoken=([^;\s]+)/;

/**
 * Returns the Set-Cookie of a token for a visitor who has none; else undefined. Our script reads it, which
 * another site's can't.
 */
export function csrfCookieFor(cookieHeader: string | undefined): string | undefined {
  if (csrfTokenIn(cookieHeader) !== undefined) return undefined;
  return `csrftoken=${randomBytes(24).toString('base64url')}; Path=/; SameSite=Strict`;
}

/** Whether a request repeats in its header the token of its cookie. It needs no session, and so no Redis. */
export function hasCsrfToken(cookieHeader: string | undefined, given: unknown): boolean {
  const known = csrfTokenIn(cookieHeader);
  return known !== undefined && typeof given === 'string' && timingSafeEqual(digest(known), digest(given));
}

function csrfTokenIn(cookieHeader = ''): string | undefined {
  return COOKIE.exec(cookieHeader)?.[1];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
