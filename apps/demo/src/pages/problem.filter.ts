import { Catch, HttpException, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { isOutage, SessionInterruptedError, SessionUnavailableError } from 'nestjs-sentinel-cache';

import { OutageFilter } from '../operations/outage.filter.js';
import type { IncomingHttpHeaders } from 'node:http';

import type { Texts } from '../pages/texts.en.js';
import { DOCUMENT_HEADERS, problemDocument, textsFor } from './account-document.js';
import { RedisStatus } from './account-settings.js';

interface Answer {
  readonly status: number;
  readonly page: string;
  readonly retryAfterSeconds?: number | undefined;
}

/** An answer that is no success and has a page of its own; programs get its message as JSON. */
export class PageException extends HttpException {
  constructor(
    status: number,
    message: string,
    readonly page: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message, status);
  }
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
    const request = http.getRequest<{ headers: IncomingHttpHeaders }>();
    const answer = request.headers.accept?.includes('text/html') ? this.answerTo(error, textsFor(request)) : undefined;
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
  private answerTo(error: unknown, texts: Texts): Answer | undefined {
    if (error instanceof PageException) {
      return { status: error.getStatus(), page: error.page, retryAfterSeconds: error.retryAfterSeconds };
    }
    const redis = this.redis.now();
    if (isUnavailable(error)) {
      return { status: 503, page: problemDocument('outage', texts, redis), retryAfterSeconds: 1 };
    }
    if (error instanceof SessionInterruptedError) return { status: 400, page: problemDocument('interrupted', texts, redis) };
    if (!(error instanceof HttpException)) return undefined;
    const status = error.getStatus();
    // The login form is there.
    if (status === HttpStatus.UNAUTHORIZED) return { status, page: '' };
    const what = status === HttpStatus.FORBIDDEN ? 'forbidden' : 'refused';
    return { status, page: problemDocument(what, texts, redis, error.message) };
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SessionUnavailableError || isOutage(error);
}
