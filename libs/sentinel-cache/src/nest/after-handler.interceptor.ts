import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';

import { afterSuccess } from '../decorators/after-success.js';
import { HandlerCall, type CallScope } from '../decorators/call-scope.js';
import type { MethodPlan } from '../decorators/method-plan.js';
import { planOf } from '../decorators/planned-method.js';

/**
 * Does what `@CachePut` and `@CacheEvict` of a handler say once all interceptors are done: one of the
 * application's may end a transaction, or fail.
 */
export class AfterHandlerInterceptor implements NestInterceptor {
  constructor(private readonly scope: CallScope<MethodPlan>) {}

  /** Called by Nest for each request. Passes on what the handler answers; rejects as the decorators' functions do. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const plan = planOf(context.getHandler());
    if (!plan || plan.steps.every(({ does }) => does === 'cached')) return next.handle();
    const handler = new HandlerCall(plan);
    return afterSuccess(
      this.scope.handling(handler, () => next.handle()),
      () => handler.finish(),
    ) as Observable<unknown>;
  }
}
