import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CacheUnavailableError } from 'nestjs-sentinel-cache';

/**
 * An outage that nobody else dealt with becomes a 503. `executed` tells the client what to make of it: `false` was never done and may be
 * asked again; `unknown` may have been done.
 */
@Catch(CacheUnavailableError)
export class CacheUnavailableFilter implements ExceptionFilter<CacheUnavailableError> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch({ reason, executed, message }: CacheUnavailableError, context: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response: unknown = context.switchToHttp().getResponse();
    const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
    httpAdapter.setHeader(response, 'Retry-After', '1');
    httpAdapter.reply(response, { statusCode, error: 'Service Unavailable', reason, executed, message }, statusCode);
  }
}
