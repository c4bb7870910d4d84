import { hash } from 'node:crypto';

import type { HeaderValue } from '../../headers/cache-control.js';
import { EVERY_PAGE } from '../../keys/tag-names.js';
import type { Headers } from '../policy/response-lifetime.js';
import type { RequestFacts, RouteRules } from '../policy/route-rules.js';

/** Deeper paths are dropped with those of this depth: each segment is one more key in Redis. */
const MOST_SEGMENTS = 4;
/** Longer texts are known by their digest. */
const MOST_TEXT = 200;

const FIRST_ERROR = 400;
/** Methods that change nothing; what nobody knows may. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH']);

/** What a page is dropped by, beside its own tags. */
interface PageAddress {
  readonly host: string;
  /** Path and query as they were sent. */
  readonly url: string;
}

/** Whether a request may have changed something. */
export function isUnsafe(method: string): boolean {
  return !SAFE.has(method);
}

/**
 * Returns what the page of a request is dropped by: its prefix, its name, the route's tags, the tag of every
 * page, its address and paths. A page whose name is its whole key has no address of its own.
 */
export function tagsOf({ host, url }: RequestFacts, rules: RouteRules, name: string | undefined): string[] {
  const { keyPrefix, tags, exact } = rules;
  const own = [keyPrefix, name ?? '', ...tags].filter((tag) => tag !== '');
  return [...new Set([...own, EVERY_PAGE, ...(exact && name !== undefined ? [] : addressTags({ host, url }))])];
}

/** A request that was answered, and what its handler returned. */
export interface AnsweredRequest {
  readonly request: RequestFacts;
  readonly status: number;
  readonly headers: Headers;
  readonly value: unknown;
}

/**
 * Returns what a request drops that may have changed something and succeeded (RFC 9111, 4.4): its own
 * address, and those of `Location` and `Content-Location` on the same host.
 */
export function tagsOfChange({ request, status, headers, value }: AnsweredRequest, { redirect }: RouteRules): string[] {
  if (status >= FIRST_ERROR) return [];
  const { host, url } = request;
  const leads = redirect === undefined ? undefined : ((value as { url?: string } | null | undefined)?.url ?? redirect);
  const named = [headers['location'], headers['content-location'], leads].flatMap((target) => pathOn(target, request));
  return [url, ...named].map((path) => addressTag({ host, url: path }));
}

/** The path that a header names on the host of the request; nothing for another host. */
function pathOn(target: HeaderValue, { protocol, host, url }: RequestFacts): string[] {
  const base = `${protocol}://${host}${url}`;
  if (target === undefined || target === '' || !URL.canParse(String(target), base)) return [];
  const found = new URL(String(target), base);
  return found.host === new URL(base).host ? [found.pathname] : [];
}

/** Returns the tag of all pages of an address, whatever their query: what an unsafe request to it drops. */
function addressTag({ host, url }: PageAddress): string {
  return `page-uri:${short(host.toLowerCase() + plainPath(url))}`;
}

/** Returns the tag of all pages below a path, whatever their host; that of every page for the root. */
export function pathTag(path: string): string {
  return tagOfSegments(segmentsOf(path));
}

/** Returns the tags by which a page is dropped: its address, and each path that it lies below. */
function addressTags(address: PageAddress): string[] {
  const segments = segmentsOf(address.url);
  return [addressTag(address), ...segments.map((_, i) => tagOfSegments(segments.slice(0, i + 1)))];
}

/** The first segments of a path. The empty one before them all is the root. */
function segmentsOf(path: string): string[] {
  return plainPath(path)
    .split('/')
    .slice(0, MOST_SEGMENTS + 1);
}

function tagOfSegments(segments: readonly string[]): string {
  return EVERY_PAGE + short(segments.join('/'));
}

/**
 * The path without query, escapes, case and empty segments: routers differ in what they make of these, and
 * to drop a page too many is no harm. Empty for the root.
 */
function plainPath(url: string): string {
  const path = url.split(/[?#]/, 1)[0]!;
  const decoded = path.includes('%') ? unescaped(path) : path;
  const segments = decoded
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
  return segments.length === 0 ? '' : `/${segments.join('/')}`;
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

function short(text: string): string {
  return text.length <= MOST_TEXT ? text : hash('sha256', text, 'base64url' as 'base64');
}
