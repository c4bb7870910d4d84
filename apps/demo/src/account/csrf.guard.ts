import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { CacheSession } from 'nestjs-sentinel-cache';
import { randomInt } from 'node:crypto';

import { isSameOrigin, isSameToken, type OriginHeaders } from '../requests/csrf-cookie.guard.js';

interface FormRequest {
  readonly method: string;
  readonly headers: OriginHeaders & { readonly 'x-csrftoken'?: string };
  readonly body?: { readonly csrfmiddlewaretoken?: unknown } | null;
  readonly session: CacheSession;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
/** Where Django keeps it with CSRF_USE_SESSIONS; the library gives it a new value at every login. */
const FIELD = '_csrftoken';
const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 32;

/**
 * What changes something has to come from our own page, with the token that the page was given: else 403.
 * Names as in Django.
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { method, headers, body, session } = context.switchToHttp().getRequest<FormRequest>();
    if (SAFE_METHODS.includes(method)) return true;
    if (!isSameOrigin(headers)) throw new ForbiddenException('This was sent by another site. Nothing was done.');
    if (await isCsrfTokenOf(session, body?.csrfmiddlewaretoken ?? headers['x-csrftoken'])) return true;
    throw new ForbiddenException(
      'The form is older than your login, or your browser keeps no cookies for this site. Nothing was done; open the page again.',
    );
  }
}

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
async function isCsrfTokenOf(session: CacheSession, given: unknown): Promise<boolean> {
  const known = await session.get(FIELD);
  return typeof known === 'string' && known !== '' && isSameToken(known, given);
}
