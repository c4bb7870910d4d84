import { Catch, HttpException, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { isOutage, SessionInterruptedError, SessionUnavailableError } from 'nestjs-sentinel-cache';

import { OutageFilter } from '../operations/outage.filter.js';
import { DOCUMENT_HEADERS } from './account-document.js';
import { PageException } from './page.exception.js';
import { problemDocument } from './problem-view.js';
import { RedisStatus } from './redis-status.service.js';

interface Answer {
  readonly status: number;
  readonly page: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** What went wrong, as a page for a person and as JSON for a program. */
@Catch()
export class AccountFilter implements ExceptionFilter {
  /** As Nest does it. */
  private readonly others: BaseExceptionFilter;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly redis: RedisStatus,
    private readonly outages: OutageFilter,
  ) {
    this.others = new BaseExceptionFilter(host.httpAdapter);
  }

  catch(error: unknown, context: ArgumentsHost): void {
    const http = context.switchToHttp();
    const { accept } = http.getRequest<{ headers: { accept?: string } }>().headers;
    const answer = accept?.includes('text/html') ? this.answerTo(error) : undefined;
    if (answer) return this.send(http.getResponse(), answer);
    const { httpAdapter } = this.host;
    // A page of ours has said by now that it is HTML.
    httpAdapter.setHeader(http.getResponse(), 'Content-Type', 'application/json; charset=utf-8');
    if (error instanceof PageException && error.retryAfterSeconds !== undefined)
      httpAdapter.setHeader(http.getResponse(), 'Retry-After', String(error.retryAfterSeconds));
    const filter: ExceptionFilter = isUnavailable(error) ? this.outages : this.others;
    // oxlint-disable-next-line promise/valid-params -- a filter, no promise
    filter.catch(error, context);
  }

  private send(response: unknown, { status, page, retryAfterSeconds }: Answer): void {
    const { httpAdapter } = this.host;
    if (status === HttpStatus.UNAUTHORIZED && !page) return void httpAdapter.redirect(response, HttpStatus.SEE_OTHER, '/account');
    for (const [name, value] of Object.entries(DOCUMENT_HEADERS)) httpAdapter.setHeader(response, name, value);
    if (retryAfterSeconds !== undefined) httpAdapter.setHeader(response, 'Retry-After', String(retryAfterSeconds));
    httpAdapter.reply(response, page, status);
  }

  /** Undefined: nobody expected that; it is logged, and is a 500. */
  private answerTo(error: unknown): Answer | undefined {
    if (error instanceof PageException) {
      return { status: error.getStatus(), page: error.page, retryAfterSeconds: error.retryAfterSeconds };
    }
    const redis = this.redis.now();
    if (isUnavailable(error)) {
      return { status: 503, page: problemDocument('outage', redis), retryAfterSeconds: 1 };
    }
    if (error instanceof SessionInterruptedError) return { status: 400, page: problemDocument('interrupted', redis) };
    if (!(error instanceof HttpException)) return undefined;
    const status = error.getStatus();
    // The login form is there.
    if (status === HttpStatus.UNAUTHORIZED) return { status, page: '' };
    return { status, page: problemDocument(status === HttpStatus.FORBIDDEN ? 'forbidden' : 'refused', redis, error.message) };
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SessionUnavailableError || isOutage(error);
}
