import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';

import { isOutage } from '../errors/is-outage.js';
import { SessionInterruptedError } from '../errors/session-interrupted.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { RETRY_AFTER_SECONDS, UNAVAILABLE } from '../headers/unavailable-response.js';

/** What `@Catch` asks whether an error is one: an outage of a cache, by what `isOutage` says. */
class CacheOutage {
  static [Symbol.hasInstance](error: unknown): boolean {
    return isOutage(error);
  }
}

/**
 * Answers errors of sessions: 503 with Retry-After in an outage, 400 for a session that was ended. Nest would
 * log each with a stack: an outage is one line in the log already, and a session that was ended needs none.
 */
@Catch(SessionUnavailableError, SessionInterruptedError)
export class SessionErrorsFilter implements ExceptionFilter {
  constructor(protected readonly host: HttpAdapterHost) {}

  /**
   * Answers an HTTP request. Returns undefined in any other context, which leaves the error to Nest: GraphQL,
   * sockets and messages report errors in their own ways.
   */
  catch(error: unknown, context: ArgumentsHost): void {
    if (context.getType() !== 'http') return;
    const response = context.switchToHttp().getResponse<{ removeHeader(name: string): unknown }>();
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) return httpAdapter.end(response);
    const { statusCode, message } = bodyOf(error);
    // What the handler has said of its own response, to browsers and caches, does not hold for this one.
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    for (const name of ['ETag', 'Last-Modified', 'Expires']) response.removeHeader(name);
    if (statusCode === UNAVAILABLE.statusCode) httpAdapter.setHeader(response, 'Retry-After', String(RETRY_AFTER_SECONDS));
    httpAdapter.reply(response, { statusCode, message }, statusCode);
  }
}

/** As SessionErrorsFilter, and answers 503 with Retry-After where a call of a cache rejected in an outage. */
@Catch(CacheOutage, SessionUnavailableError, SessionInterruptedError)
export class OutageFilter extends SessionErrorsFilter {}

/** An error of a cache names addresses and keys: clients get a sentence instead. */
function bodyOf(error: unknown): { readonly statusCode: number; readonly message: string } {
  return error instanceof SessionUnavailableError || error instanceof SessionInterruptedError ? error : UNAVAILABLE;
}
