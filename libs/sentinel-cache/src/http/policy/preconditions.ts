import { matchesEtag } from '../../headers/etag.js';
import { parseHttpDate } from '../../headers/http-date.js';
import type { Headers } from './response-lifetime.js';

/** The headers that ask for a response only if it changed, or only if it did not. */
export const PRECONDITIONS = Object.freeze(['if-match', 'if-unmodified-since', 'if-none-match', 'if-modified-since'] as const);

/** Headers that a response without a body does not have. */
const ABOUT_THE_BODY = Object.freeze([
  'content-length',
  'content-type',
  'content-encoding',
  'content-language',
  'content-range',
  'transfer-encoding',
]);
/** Headers that let other caches keep a response. */
const ABOUT_CACHING = Object.freeze(['cache-control', 'expires', 'age']);

/** The headers of the page that 304 or 412 leaves out: a cache must not keep 412 and send it to others. */
export function headersLeftOut(status: 304 | 412): readonly string[] {
  return status === 412 ? [...ABOUT_THE_BODY, ...ABOUT_CACHING] : ABOUT_THE_BODY;
}

/**
 * Decides what a conditional GET or HEAD gets: `send`, 304 or 412. In Django's order: If-Match (strong),
 * If-Unmodified-Since without If-Match, If-None-Match (weak), If-Modified-Since without If-None-Match. They
 * apply to a 2xx response only.
 */
export function judgePreconditions(request: Headers, status: number, response: Headers): 'send' | 304 | 412 {
  if (status < 200 || status > 299) return 'send';
  const etag = typeof response['etag'] === 'string' ? response['etag'] : undefined;
  const modified = parseHttpDate(response['last-modified']);
  if (request['if-match'] !== undefined) {
    if (!matchesEtag(request['if-match'], etag, 'strong')) return 412;
  } else if (isBefore(parseHttpDate(request['if-unmodified-since']), modified)) return 412;
  if (request['if-none-match'] !== undefined) return matchesEtag(request['if-none-match'], etag, 'weak') ? 304 : 'send';
  const since = parseHttpDate(request['if-modified-since']);
  return since !== undefined && modified !== undefined && modified <= since ? 304 : 'send';
}

function isBefore(moment: number | undefined, modified: number | undefined): boolean {
  return moment !== undefined && modified !== undefined && modified > moment;
}
