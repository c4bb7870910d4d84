import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { SessionInterruptedError } from '../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';

/**
 * Answers 503 and 400 where sessions fail. Nest would do the same, and log each with a stack: an outage is one line in the log already, and
 * an ended session none at all.
 */
@Catch(SessionUnavailableError, SessionInterruptedError)
export class SessionErrorsFilter implements ExceptionFilter<SessionUnavailableError | SessionInterruptedError> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: SessionUnavailableError | SessionInterruptedError, context: ArgumentsHost): void {
    // GraphQL, sockets and messages have their own ways to tell an error.
    if (context.getType() !== 'http') throw error;
    const response = context.switchToHttp().getResponse<object>();
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) return httpAdapter.end(response);
    httpAdapter.reply(response, { statusCode: error.statusCode, message: error.message }, error.statusCode);
  }
}
