import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { concat, defer, EMPTY, from, ignoreElements, type Observable } from 'rxjs';

import { HandlerCall, type CallScope } from '../../decorators/call-scope.js';
import type { MethodPlan } from '../../decorators/method-plan.js';
import { planOf } from '../../decorators/planned-method.js';

const FIRST_ERROR = 400;

/**
 * Does what `@CachePut` and `@CacheEvict` of a handler say once all interceptors are done: one of the
 * application's may end a transaction, or fail. It does nothing for a response whose status says that the
 * request has failed.
 */
export class AfterHandlerInterceptor implements NestInterceptor {
  constructor(private readonly scope: CallScope<MethodPlan>) {}

  /** Called by Nest. Passes on what the handler returns; rejects as functions of the decorators do. */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const plan = planOf(context.getHandler());
    if (!plan || plan.steps.every(({ does }) => does === 'cached')) return next.handle();
    const handler = new HandlerCall(plan);
    const returned$ = this.scope.handling(handler, () => next.handle());
    // Nest waits for the end, and answers with the last value.
    return concat(
      returned$,
      defer(() => (hasFailed(context) ? EMPTY : from(handler.finish()).pipe(ignoreElements()))),
    );
  }
}

/** Whether the handler, or an interceptor, has set the status of an error without throwing one. */
function hasFailed(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const { statusCode } = context.switchToHttp().getResponse<{ readonly statusCode?: number }>();
  return statusCode !== undefined && statusCode >= FIRST_ERROR;
}
