import type { BytesKept, BytesNear } from '../../cache/cache-bytes.js';
import { foundPage, leftMsOf, type FoundPage } from './found-page.js';
import type { Page } from './page.js';

/** A page without its body, which is copied for each request: the rest is shared. */
export type PageHead = Omit<Page, 'body'>;

/**
 * Returns what is kept of a page in this process. A stale one is not kept, but asked for: it may have been
 * made anew.
 */
export function keptPage(found: FoundPage | undefined): BytesKept | undefined {
  if (!found) return undefined;
  const { body, ...head } = found.page;
  return { value: head satisfies PageHead, bytes: body, keptMs: leftMsOf(found) };
}

/** Returns a page that was kept in this process. */
export function nearPage({ value, bytes, life, atMs }: BytesNear<PageHead>): FoundPage {
  return foundPage({ ...value, body: bytes }, life as number, atMs);
}
