import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { CacheUnavailableError, CommandRejectedError, isOutage, SessionUnavailableError } from 'nestjs-sentinel-cache';

type Caught = CacheUnavailableError | CommandRejectedError | SessionUnavailableError;

/**
 * An outage, or a refusal of a Redis that is full or busy, that nobody else dealt with becomes a 503, without
 * a line in the log for each request. `executed` tells the client what to make of it: `false` was never done
 * and may be asked again; `unknown` may have been done.
 */
@Catch(CacheUnavailableError, CommandRejectedError, SessionUnavailableError)
export class OutageFilter implements ExceptionFilter<Caught> {
  /** As Nest does it: what is no state of Redis is logged. */
  private readonly others: BaseExceptionFilter;

  constructor(private readonly host: HttpAdapterHost) {
    this.others = new BaseExceptionFilter(host.httpAdapter);
  }

  catch(error: Caught, context: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response: unknown = context.switchToHttp().getResponse();
    const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
    const cause = error instanceof SessionUnavailableError ? error.cause : error;
    // oxlint-disable-next-line promise/valid-params -- a filter, no promise
    if (!isOutage(cause)) return this.others.catch(error, context);
    httpAdapter.setHeader(response, 'Retry-After', '1');
    httpAdapter.reply(response, bodyOf(error, statusCode), statusCode);
  }
}

/** A session's error says no more than its message: its cause names addresses. */
function bodyOf(error: Caught, statusCode: number): object {
  if (error instanceof SessionUnavailableError) return { statusCode, message: error.message };
  const reason = error instanceof CommandRejectedError ? error.redisCode : error.reason;
  return { statusCode, error: 'Service Unavailable', reason, executed: error.executed, message: error.message };
}
