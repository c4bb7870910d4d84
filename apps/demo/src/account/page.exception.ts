import { HttpException } from '@nestjs/common';

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
