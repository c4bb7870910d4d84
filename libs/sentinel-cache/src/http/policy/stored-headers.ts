import { weakEtag } from '../../headers/etag.js';
import { fieldsOf, parseCacheControl, type HeaderValue } from '../../headers/cache-control.js';
import type { Headers } from './response-lifetime.js';
import type { HeaderChanges } from './freshness-headers.js';

/** A header of a page. */
export type StoredHeader = readonly [name: string, value: string | readonly string[]];

/** Those that belong to one connection or one response, and those that the sender makes anew. */
const NEVER = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'set-cookie',
  'age',
  'date',
  'cache-status',
  'vary',
]);

/**
 * Returns the headers of a response that belong to the page. What stood there before the handler ran belongs
 * to the request (`before`), unless it was changed since or the route sets it (`own`).
 */
export function storedHeaders(headers: Headers, before: Headers, own: readonly string[]): StoredHeader[] {
  const left = new Set([...namesIn(headers['connection']), ...qualified(headers)]);
  return Object.entries(headers).flatMap(([name, value]): StoredHeader[] => {
    if (value === undefined || NEVER.has(name) || left.has(name)) return [];
    if (isSame(value, before[name]) && !own.includes(name)) return [];
    return [[name, Array.isArray(value) ? value.map(String) : String(value)]];
  });
}

/** Fields that `private` or `no-cache` name: they are not for everybody. */
function qualified({ 'cache-control': header }: Headers): string[] {
  const directives = parseCacheControl(header);
  return [...(fieldsOf(directives, 'no-cache') ?? []), ...(fieldsOf(directives, 'private') ?? [])];
}

function namesIn(header: HeaderValue): string[] {
  return String(header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
}

function isSame(a: HeaderValue, b: HeaderValue): boolean {
  return b !== undefined && [a].flat().join('\n') === [b].flat().join('\n');
}

/** A body that is encoded on its way has no strong tag. */
export function encodedLate(sent: Headers, headers: Headers): HeaderChanges {
  const { etag, 'content-encoding': encoding } = headers;
  if (encoding === undefined || encoding === sent['content-encoding'] || typeof etag !== 'string') return {};
  return { etag: weakEtag(etag) };
}
