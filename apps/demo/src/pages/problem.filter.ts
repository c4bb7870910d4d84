import { Catch, HttpException, HttpStatus, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { isOutage, SessionInterruptedError, SessionUnavailableError } from 'nestjs-sentinel-cache';
import type { IncomingHttpHeaders } from 'node:http';

import { RedisStatus } from '../account/account-settings.js';
import { OutageFilter } from '../operations/outage.filter.js';
import { DOCUMENT_HEADERS, problemDocument, textsFor, type Home, type Problem } from './plain-page.js';

/** What a request asked for; the same on both platforms. */
export interface AskedFor {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

interface ErrorResponse {
  readonly status: number;
  readonly page: string;
  readonly retryAfterSeconds?: number | undefined;
}

const SAFE_METHODS = ['GET', 'HEAD'];
const RETRY_AFTER_SECONDS = 1;

/** A response that is no success and has a page of its own; programs get its message as JSON. */
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

/** What went wrong, on whatever route: a page in the language of the visitor, JSON for a program. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('ExceptionsHandler');
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
    const { httpAdapter } = this.host;
    const http = context.switchToHttp();
    const response = http.getResponse<object>();
    if (!httpAdapter.isHeadersSent(response)) {
      if (this.showPage(error, http.getRequest<AskedFor>(), response)) return;
      // A page of ours has said by now that it is HTML.
      httpAdapter.setHeader(response, 'Content-Type', 'application/json; charset=utf-8');
      if (error instanceof PageException && error.retryAfterSeconds !== undefined)
        httpAdapter.setHeader(response, 'Retry-After', String(error.retryAfterSeconds));
    }
    const filter: ExceptionFilter = isUnavailable(error) ? this.outages : this.others;
    // oxlint-disable-next-line promise/valid-params -- a filter, no promise
    filter.catch(error, context);
  }

  /** Answers with a page, and returns true, where a person asked. */
  showPage(error: unknown, request: AskedFor, response: object): boolean {
    if (!wantsPage(request) || isData(error)) return false;
    this.send(response, this.responseTo(error, request));
    return true;
  }

  private send(response: object, { status, page, retryAfterSeconds }: ErrorResponse): void {
    const { httpAdapter } = this.host;
    // The login form is there.
    if (status === HttpStatus.UNAUTHORIZED && !page) return void httpAdapter.redirect(response, HttpStatus.SEE_OTHER, '/account');
    for (const [name, value] of Object.entries(DOCUMENT_HEADERS)) httpAdapter.setHeader(response, name, value);
    if (retryAfterSeconds !== undefined) httpAdapter.setHeader(response, 'Retry-After', String(retryAfterSeconds));
    httpAdapter.reply(response, page, status);
  }

  private responseTo(error: unknown, request: AskedFor): ErrorResponse {
    if (error instanceof PageException) {
      return { status: error.getStatus(), page: error.page, retryAfterSeconds: error.retryAfterSeconds };
    }
    const status = isUnavailable(error) ? HttpStatus.SERVICE_UNAVAILABLE : statusOf(error);
    if (status === HttpStatus.UNAUTHORIZED) return { status, page: '' };
    // Nobody expected that; the page says nothing of it.
    if (status >= 500 && !(error instanceof HttpException) && !isUnavailable(error)) this.logger.error(error);
    const home = /^\/account(?:[/?]|$)/.test(request.url) ? '/account' : '/';
    const problem = problemOf(error, status, request, home);
    const page = problemDocument(problem, textsFor(request), this.redis.now(), home);
    return { status, page, ...(status === HttpStatus.SERVICE_UNAVAILABLE && { retryAfterSeconds: RETRY_AFTER_SECONDS }) };
  }
}

function problemOf(error: unknown, status: number, { method }: AskedFor, home: Home): Problem {
  if (isUnavailable(error) && home === '/account') return 'outage';
  if (error instanceof SessionInterruptedError) return 'interrupted';
  if (status === HttpStatus.FORBIDDEN) return 'forbidden';
  // What a form names and is not there was no page.
  if (status === HttpStatus.NOT_FOUND && SAFE_METHODS.includes(method)) return 'missing';
  if (status === HttpStatus.SERVICE_UNAVAILABLE) return 'busy';
  return status < 500 ? 'refused' : 'failed';
}

/** As Nest reads it: of its own exceptions, and of what a body parser or the router refuses. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const statusCode = (error as { readonly statusCode?: unknown } | null | undefined)?.statusCode;
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isRefusal ? statusCode : HttpStatus.INTERNAL_SERVER_ERROR;
}

function wantsPage({ headers }: AskedFor): boolean {
  return headers.accept?.includes('text/html') ?? false;
}

/** A response that is made of fields, such as that of a health check, is worth more than a sentence about it. */
function isData(error: unknown): boolean {
  const body = error instanceof HttpException ? error.getResponse() : undefined;
  return typeof body === 'object' && !('statusCode' in body);
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SessionUnavailableError || isOutage(error);
}
