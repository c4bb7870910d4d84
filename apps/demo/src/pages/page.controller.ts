import { Controller, Get, Header, Headers, NotFoundException, Param, Query, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { csrfCookieFor } from '../requests/csrf-cookie.guard.js';
import { chosenLanguage, languageOf, textsIn } from './language.js';
import { LIVE_POLICY, livePage } from './live-page.js';

const OWN = join(import.meta.dirname, '../../public');
const UPLOT = dirname(createRequire(import.meta.url).resolve('uplot'));
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** What `/assets` has, and nothing else. */
const ASSETS: Readonly<Record<string, readonly [file: string, type: string]>> = {
  'demo.css': [join(OWN, 'demo.css'), STYLE],
  'live.js': [join(OWN, 'live.js'), SCRIPT],
  'picture.js': [join(OWN, 'picture.js'), SCRIPT],
  'chart.js': [join(OWN, 'chart.js'), SCRIPT],
  'tools.js': [join(OWN, 'tools.js'), SCRIPT],
  'account.js': [join(OWN, 'account.js'), SCRIPT],
  'uPlot.min.js': [join(UPLOT, 'uPlot.iife.min.js'), SCRIPT],
  'uPlot.min.css': [join(UPLOT, 'uPlot.min.css'), STYLE],
};

@Controller()
export class PageController {
  constructor(private readonly host: HttpAdapterHost) {}

  /** What the demo shows and what to try; with the token that its script sends when something changes. */
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', LIVE_POLICY)
  @Header('Cache-Control', 'no-cache')
  @Header('Vary', 'Cookie, Accept-Language')
  @Header('X-Content-Type-Options', 'nosniff')
  page(
    @Headers() headers: IncomingHttpHeaders,
    @Query('lang') lang: unknown,
    @Res({ passthrough: true }) response: unknown,
  ): string {
    const chosen = chosenLanguage(lang);
    const cookies = [csrfCookieFor(headers.cookie), chosen?.cookie].filter((cookie) => cookie !== undefined);
    for (const cookie of cookies) this.host.httpAdapter.appendHeader(response, 'Set-Cookie', cookie);
    return livePage(textsIn(chosen?.language ?? languageOf(headers)));
  }

  @Get('assets/:name')
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  asset(@Param('name') name: string, @Res({ passthrough: true }) response: unknown): string {
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!asset) throw new NotFoundException(`There is no ${name}.`);
    const [file, type] = asset;
    this.host.httpAdapter.setHeader(response, 'Content-Type', type);
    return readFileSync(file, 'utf8');
  }
}
