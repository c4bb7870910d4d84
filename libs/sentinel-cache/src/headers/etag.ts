import { hash } from 'node:crypto';

import type { HeaderValue } from './cache-control.js';

/** One entity tag, `W/` in front of a weak one. */
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** Returns a strong entity tag of a body: equal bytes have equal tags. */
export function strongEtag(body: Buffer): string {
  return `"${hash('sha256', body, 'base64').slice(0, 27)}"`;
}

/** Returns the weak tag of a strong one, for a body that was encoded on its way. */
export function weakEtag(etag: string): string {
  return etag.startsWith('W/') ? etag : `W/${etag}`;
}

/** Whether an If-None-Match or If-Match header names the tag. `strong`: weak tags equal nothing. */
export function matchesEtag(header: HeaderValue, etag: string | undefined, comparison: 'strong' | 'weak'): boolean {
  const text = Array.isArray(header) ? header.join(',') : String(header ?? '');
  if (text.trim() === '*') return true;
  if (etag === undefined) return false;
  const wanted = comparison === 'weak' ? bare(etag) : etag;
  return (text.match(TAG) ?? []).some((tag) =>
    comparison === 'weak' ? bare(tag) === wanted : tag === wanted && !tag.startsWith('W/'),
  );
}

function bare(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
