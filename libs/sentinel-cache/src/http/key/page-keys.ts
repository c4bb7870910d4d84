import type { PageIdentity } from './page-identity.js';

/** The key of a page; `variant` is the digest of its varying values, empty without any. */
export function pageKey(keyPrefix: string, { digest }: PageIdentity, variant: string): string {
  return variant === '' ? `page.${keyPrefix}.${digest}` : `page.${keyPrefix}.${digest}.${variant}`;
}

/** The key of the list of headers that the pages of an address vary on. */
export function varyKey(keyPrefix: string, { digest }: PageIdentity): string {
  return `vary.${keyPrefix}.${digest}`;
}
