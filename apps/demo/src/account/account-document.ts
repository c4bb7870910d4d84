import { contentHash } from '../public/content-hash.js';
import { Html, markup } from '../public/html.js';
import { STYLE } from '../public/page-style.js';
import { ACCOUNT_SCRIPT } from './account-script.js';

const MORE_STYLE = `${STYLE}
section:first-child { grid-row: auto; }
nav { margin-bottom: .75rem; }
label { display: inline-flex; flex-direction: column; gap: .15rem; }
.fields { margin-top: .75rem; }
.stack { display: flex; flex-direction: column; align-items: flex-start; gap: .75rem; }
.stack input { width: min(18rem, 100%); }
.notice { border-left: .35rem solid var(--bad); padding: .4rem .75rem; margin: .5rem 0 1rem; }
.quiet { background: var(--card); color: var(--accent); padding: .15rem .6rem; }
.fields label { flex-direction: row; align-items: center; gap: .5rem; }
td form { margin: 0; }
tfoot th, tfoot td { border-bottom: 0; font-weight: 700; }
`;

/**
 * What every page here is sent with: its own script and style, forms to this app, nothing else; and nobody
 * keeps a copy.
 */
export const DOCUMENT_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    `default-src 'none'`,
    `script-src ${contentHash(ACCOUNT_SCRIPT)}`,
    `style-src ${contentHash(MORE_STYLE)}`,
    `img-src data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; '),
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** What Redis is doing, as the page knows it when it is sent; the script keeps it up to date. */
export interface RedisNow {
  readonly kind: 'up' | 'wait' | 'down';
  readonly badge: string;
  readonly text: string;
}

/** A whole page around this. */
export function toDocument(title: string, redis: RedisNow, content: Html): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - nestjs-sentinel-cache: the demo</title>
<link rel="icon" href="data:,">
<style>${new Html(MORE_STYLE)}</style>
</head>
<body>
<header>
  <nav aria-label="Demo"><a href="/">The demo</a></nav>
  <h1>${title}</h1>
  <p id="state" class="state ${redis.kind}" role="status"><span id="badge" class="badge">${redis.badge}</span>
  <span id="stateText">${redis.text}</span></p>
</header>
<main>${content}</main>
<script>${new Html(ACCOUNT_SCRIPT)}</script>
</body>
</html>
`.text;
}
