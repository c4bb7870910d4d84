import { UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';

import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { authenticationOf } from '../session/auth/login.js';
import type { CacheSession } from '../session/state/cache-session.js';

/** Lets requests through that somebody is logged in at: else 401, and 503 when that can't be found out. */
export class LoginRequiredGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { session } = context.switchToHttp().getRequest<{ session: CacheSession }>();
    if (await authenticationOf(session).currentUser(session)) return true;
    // SESSION_OUTAGE 'anonymous': the visitor may well be logged in.
    if (session.state.isOutage) throw new SessionUnavailableError();
    throw new UnauthorizedException();
  }
}
