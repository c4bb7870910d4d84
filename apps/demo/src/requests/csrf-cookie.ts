import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const COOKIE = /(?:^|;\s*)csrftoken=([^;\s]+)/;

/**
 * The Set-Cookie of a token for whoever opens a page; undefined for who has one. Our script reads it, which
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
