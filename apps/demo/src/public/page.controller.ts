import { Controller, Get, Header } from '@nestjs/common';

import { PAGE, PAGE_POLICY } from './page.js';

@Controller()
export class PageController {
  /** What the demo shows and what to try. */
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', PAGE_POLICY)
  @Header('Cache-Control', 'no-cache')
  page(): string {
    return PAGE;
  }
}
