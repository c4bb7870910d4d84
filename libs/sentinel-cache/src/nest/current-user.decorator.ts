import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import { authenticationOf } from '../session/auth/login.js';
import type { CacheSession } from '../session/state/cache-session.js';
import { ASKS_FOR_LOGIN } from './boot/login-consumers.providers.js';

/**
 * Passes a handler the user who is logged in, as `loadUser` gave it, or null. Loads and checks the user once
 * a request. Answers 503 when that can't be found out.
 *
 * @example
 * ```ts
 * @Get('whoami') whoami(@CurrentUser() user: User | null) { return user?.id ?? 'nobody'; }
 * ```
 */
export const CurrentUser: () => ParameterDecorator = createParamDecorator(
  // Nest awaits what a parameter's factory returns, and passes it to the pipes after that.
  Object.assign(
    async (_: unknown, context: ExecutionContext): Promise<unknown> => {
      const { session } = context.switchToHttp().getRequest<{ session: CacheSession }>();
      return authenticationOf(session).currentUser(session);
    },
    { [ASKS_FOR_LOGIN]: true },
  ),
);
