import { applyDecorators, createParamDecorator, Header, type ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';

import { policy, toPage } from '../pages/document.js';
import { dataBlock, fill, markup, type Html } from '../pages/html.js';
import { languageOf, textsIn } from '../pages/language.js';
import type { Texts } from '../pages/texts.en.js';
import type { RedisNow } from './account-settings.js';

/**
 * What every page here is sent with: scripts and styles of this app, forms to it, nothing else; and nobody
 * keeps a copy.
 */
export const DOCUMENT_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': policy(`'self'`),
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** The handler's text goes out as a page. */
export function DocumentHeaders(): MethodDecorator {
  return applyDecorators(...Object.entries(DOCUMENT_HEADERS).map(([name, value]) => Header(name, value)));
}

/** Parameter: all that these pages say, in the visitor's language. */
export const PageTexts = createParamDecorator((_data: unknown, context: ExecutionContext): Texts =>
  textsFor(context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>()),
);

/** The same for a request. */
export function textsFor({ headers }: { readonly headers: IncomingHttpHeaders }): Texts {
  return textsIn(languageOf(headers));
}

/** A whole page around this. */
export function toDocument(title: string, texts: Texts, { status, primary }: RedisNow, content: Html): string {
  const { account, lang } = texts;
  return toPage({
    lang,
    title: `${title} - ${account.suffix}`,
    styles: ['demo.css'],
    scripts: ['account.js'],
    body: markup`<header>
  <h1>${title}</h1>
  <nav aria-label="Demo"><a href="/">${account.demo}</a></nav>
</header>
<p id="state" class="state ${status}" role="status"><span id="badge" class="badge">${account.redis.badge[status]}</span>
<span id="stateText">${fill(account.redis[status], { primary })}</span></p>
<main>${content}</main>
${dataBlock('texts', account.redis)}`,
  });
}

/** The page of something that went wrong. */
export function problemDocument(what: keyof Texts['account']['problems'], texts: Texts, redis: RedisNow, message = ''): string {
  const { title, text, link } = texts.account.problems[what];
  const content = markup`
  <section class="wide" aria-label="${texts.account.whatHappened}">
    <p id="problem">${text || message}</p>
    <p><a href="/account">${link}</a></p>
  </section>
`;
  return toDocument(title, texts, redis, content);
}
