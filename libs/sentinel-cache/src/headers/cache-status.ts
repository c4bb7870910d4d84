import type { HeaderValue } from './cache-control.js';

/** What this cache says of a response (RFC 9211): a hit, or why the request was forwarded to the handler. */
export interface CacheStatus {
  /** Why the handler ran. Undefined: it did not. */
  readonly fwd?: 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'stale' | 'request';
  /** Seconds of life that are left. */
  readonly ttl?: number;
  /** Whether the response is stored now. */
  readonly stored?: boolean;
  /** Whether the response is that of another request that was under way. */
  readonly collapsed?: boolean;
  /** The reason, in a word of the policy. */
  readonly detail?: string;
}

const NAME = 'sentinel-cache';

/** Adds what this cache says behind what caches nearer to the source said. */
export function addCacheStatus(existing: HeaderValue, status: CacheStatus): string {
  const { fwd, ttl, stored, collapsed, detail } = status;
  let own = fwd === undefined ? `${NAME}; hit` : `${NAME}; fwd=${fwd}`;
  if (stored) own += '; stored';
  if (collapsed) own += '; collapsed';
  if (ttl !== undefined) own += `; ttl=${ttl}`;
  if (detail !== undefined) own += `; detail=${detail}`;
  const before = Array.isArray(existing) ? existing.join(', ') : String(existing ?? '');
  return before === '' ? own : `${before}, ${own}`;
}
