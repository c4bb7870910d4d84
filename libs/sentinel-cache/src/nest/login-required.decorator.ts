import { UseGuards } from '@nestjs/common';

import { LoginRequiredGuard } from './login-required.guard.js';

/**
 * On a controller or a handler: only for who is logged in, here or at Django. Nobody is: 401. It can't be found out: 503.
 *
 * @example
 * ```ts
 * @Get('orders') @LoginRequired() orders(@CurrentUser() user: User) { ... }
 * ```
 */
export function LoginRequired(): MethodDecorator & ClassDecorator {
  return UseGuards(LoginRequiredGuard);
}
