import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { CacheSession } from 'nestjs-sentinel-cache';

import { isCsrfTokenOf } from './csrf-token.js';
import { isSameOrigin, type OriginHeaders } from '../requests/same-origin.js';

interface FormRequest {
  readonly method: string;
  readonly headers: OriginHeaders & { readonly 'x-csrftoken'?: string };
  readonly body?: { readonly csrfmiddlewaretoken?: unknown } | null;
  readonly session: CacheSession;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

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
