import { contentHash } from './content-hash.js';
import { BODY } from './page-body.js';
import { SCRIPT } from './page-script.js';
import { STYLE } from './page-style.js';

/** The page, whole: a module and no file, so that every build and both platforms have it. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nestjs-sentinel-cache: the demo</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>${BODY}<script>${SCRIPT}</script>
</body>
</html>
`;

/** Allows this page's own script and style, requests to this app, and nothing else. */
export const PAGE_POLICY = [
  `default-src 'none'`,
  `script-src ${contentHash(SCRIPT)}`,
  `style-src ${contentHash(STYLE)}`,
  `img-src data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');
