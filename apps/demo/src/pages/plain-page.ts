import { applyDecorators, createParamDecorator, Header, type ExecutionContext } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';

import type { RedisNow } from '../account/account-settings.js';
import { policy, toPage } from './document.js';
import { dataBlock, fill, markup, type Html } from './html.js';
import { languageOf, textsIn } from './language.js';
import type { Texts } from './texts.en.js';

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

/** What went wrong, for a person. */
export type Problem = keyof Texts['problems'];

/** Where the way back leads. */
export type Home = '/' | '/account';

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

/** A whole page around this, which works without its script. */
export function toDocument(title: string, texts: Texts, { status, primary }: RedisNow, content: Html): string {
  const { account, lang, page } = texts;
  return toPage({
    lang,
    title: `${title} - ${page.title}`,
    styles: ['demo.css'],
    scripts: ['account.js'],
    body: markup`<header>
  <h1>${title}</h1>
  <nav aria-label="${page.nav}"><a href="/">${account.demo}</a></nav>
</header>
<p id="state" class="state ${status}" role="status"><span id="badge" class="badge">${account.redis.badge[status]}</span>
<span id="stateText">${fill(account.redis[status], { primary })}</span></p>
<main>${content}</main>
${dataBlock('texts', account.redis)}`,
  });
}

/** The page of something that went wrong, with the way back. It says nothing of what the request held. */
export function problemDocument(what: Problem, texts: Texts, redis: RedisNow, home: Home): string {
  const { title, text } = texts.problems[what];
  const content = markup`
  <section class="wide" aria-label="${texts.whatHappened}">
    <p id="problem">${text}</p>
    <p><a href="${home}">${home === '/' ? texts.account.back : texts.problems[what].link}</a></p>
  </section>
`;
  return toDocument(title, texts, redis, content);
}
