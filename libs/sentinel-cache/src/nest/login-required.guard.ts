import { UnauthorizedException, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common';

import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { authenticationOf } from '../session/auth/login.js';
import type { CacheSession } from '../session/state/cache-session.js';
import { ASKS_FOR_LOGIN } from './boot/login-consumers.providers.js';

/**
 * Lets only requests through whose visitor is logged in, here or at Django. For `@UseGuards` beside guards of
 * your own; alone, `@LoginRequired()` is shorter.
 */
export class LoginRequiredGuard implements CanActivate {
  /** @internal */
  static readonly [ASKS_FOR_LOGIN] = true;

  /**
   * Resolves to true when somebody is logged in. Rejects with UnauthorizedException (401) when nobody is,
   * with SessionUnavailableError (503) when that can't be found out, and with InvalidArgumentError without
   * SESSION_ENGINE.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { session } = context.switchToHttp().getRequest<{ session: CacheSession }>();
    if (await authenticationOf(session).currentUser(session)) return true;
    // SESSION_OUTAGE 'anonymous': the visitor may well be logged in.
    if (session.state.isOutage) throw new SessionUnavailableError();
    throw new UnauthorizedException();
  }
}

/**
 * Opens a controller or a handler only to visitors who are logged in, here or at Django. Answers 401 when
 * nobody is, 503 when that can't be found out.
 *
 * @example
 * ```ts
 * @Get('orders') @LoginRequired() orders(@CurrentUser() user: User) { ... }
 * ```
 */
export function LoginRequired(): MethodDecorator & ClassDecorator {
  return UseGuards(LoginRequiredGuard);
}
