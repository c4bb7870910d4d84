import { Controller, Get, Header, Headers, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { csrfCookieFor } from '../requests/csrf-cookie.js';
import { PAGE, PAGE_POLICY } from './page.js';

@Controller()
export class PageController {
  constructor(private readonly host: HttpAdapterHost) {}

  /** What the demo shows and what to try; with the token that its script sends when something changes. */
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  @Header('Cache-Control', 'no-cache')
  page(@Headers('cookie') cookies: string | undefined, @Res({ passthrough: true }) response: unknown): string {
    const csrfCookie = csrfCookieFor(cookies);
    if (csrfCookie !== undefined) this.host.httpAdapter.setHeader(response, 'Set-Cookie', csrfCookie);
    return PAGE;
  }
}
