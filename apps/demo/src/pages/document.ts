import { Html, markup } from './html.js';

/** A whole page. */
export interface Document {
  readonly lang: string;
  readonly title: string;
  readonly body: Html;
  /** Scripts of `/assets`, in order; a name that ends in `.min.js` is no module. */
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** Scripts, styles and requests of this app alone, forms to it where there are some, and nobody frames it. */
export function policy(formAction: string): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src data:`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action ${formAction}`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
  ].join('; ');
}

export function toPage({ lang, title, body, scripts, styles }: Document): string {
  return markup`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${ICON}">
${styles.map((name) => markup`<link rel="stylesheet" href="/assets/${name}">`)}
${scripts.map((name) => (name.endsWith('.min.js') ? markup`<script defer src="/assets/${name}"></script>` : markup`<script type="module" src="/assets/${name}"></script>`))}
</head>
<body>
${body}
</body>
</html>
`.text;
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#0b57a8"/><path d="M4 8h8M8 4v8" stroke="#fff" stroke-width="2"/></svg>',
)}`;
