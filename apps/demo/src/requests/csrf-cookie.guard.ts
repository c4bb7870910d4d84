import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

import { hasCsrfToken } from './csrf-cookie.js';
import { isSameOrigin, type OriginHeaders } from './same-origin.js';

interface Request {
  readonly method: string;
  readonly headers: OriginHeaders & { readonly cookie?: string; readonly 'x-csrftoken'?: string };
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * For what has no session: what changes something repeats the cookie `csrftoken` in X-CSRFToken, as Django
 * has it; else 403.
 */
@Injectable()
export class CsrfCookieGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<Request>();
    if (SAFE_METHODS.includes(method)) return true;
    if (!isSameOrigin(headers)) throw new ForbiddenException('This was sent by another site. Nothing was done.');
    if (hasCsrfToken(headers.cookie, headers['x-csrftoken'])) return true;
    throw new ForbiddenException(
      'Send the cookie csrftoken, and the same text in the header X-CSRFToken. Nothing was done; our page does so once it is opened again.',
    );
  }
}
