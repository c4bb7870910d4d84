import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The headers by which browsers say where a request comes from; a page can't set them. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | readonly string[] | undefined;
}

interface Request {
  readonly method: string;
  readonly headers: OriginHeaders & { readonly cookie?: string; readonly 'x-csrftoken'?: string };
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const COOKIE = /(?:^|;\s*)csrftoken=([^;\s]+)/;

/**
 * For what has no session: what changes something repeats the cookie `csrftoken` in X-CSRFToken, as Django
 * has it; else 403. It needs no session, and so no Redis.
 */
@Injectable()
export class CsrfCookieGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<Request>();
    if (SAFE_METHODS.includes(method)) return true;
    if (!isSameOrigin(headers)) throw new ForbiddenException('This was sent by another site. Nothing was done.');
    const known = csrfTokenIn(headers.cookie);
    if (known !== undefined && isSameToken(known, headers['x-csrftoken'])) return true;
    throw new ForbiddenException(
      'Send the cookie csrftoken, and the same text in the header X-CSRFToken. Nothing was done; our page does so once it is opened again.',
    );
  }
}

/**
 * Whether a browser says that one of our own pages, or the person at the address bar, sent this. What says
 * nothing (curl, old browsers) passes: the token is there for it.
 */
export function isSameOrigin({ host, origin, 'sec-fetch-site': site }: OriginHeaders): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
  return true;
}

/**
 * Returns the Set-Cookie of a token for a visitor who has none; else undefined. Our script reads it, which
 * another site's can't.
 */
export function csrfCookieFor(cookieHeader: string | undefined): string | undefined {
  if (csrfTokenIn(cookieHeader) !== undefined) return undefined;
  return `csrftoken=${randomBytes(24).toString('base64url')}; Path=/; SameSite=Strict`;
}

/** Whether both are the same text, in a time that tells nothing of it. */
export function isSameToken(known: string, given: unknown): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(known), digest(given));
}

function csrfTokenIn(cookieHeader = ''): string | undefined {
  return COOKIE.exec(cookieHeader)?.[1];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
