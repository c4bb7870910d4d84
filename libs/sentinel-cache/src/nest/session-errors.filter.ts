import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { SessionInterruptedError } from '../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';

/**
 * Answers 503 and 400 when sessions fail. Nest would do the same, but log each with a stack: an outage is one
 * line in the log already, and a session that was ended needs none.
 */
@Catch(SessionUnavailableError, SessionInterruptedError)
export class SessionErrorsFilter implements ExceptionFilter<SessionUnavailableError | SessionInterruptedError> {
  constructor(private readonly host: HttpAdapterHost) {}

  /**
   * Answers an HTTP request with the error's status and message. Throws the error again in any other context.
   */
  catch(error: SessionUnavailableError | SessionInterruptedError, context: ArgumentsHost): void {
    // GraphQL, sockets and messages report errors in their own ways.
    if (context.getType() !== 'http') throw error;
    const response = context.switchToHttp().getResponse<object>();
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) return httpAdapter.end(response);
    httpAdapter.reply(response, { statusCode: error.statusCode, message: error.message }, error.statusCode);
  }
}
