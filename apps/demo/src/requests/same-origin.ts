/** The headers by which browsers say where a request comes from; a page can't set them. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | readonly string[] | undefined;
}

/**
 * Whether a browser says that one of our own pages, or the person at the address bar, sent this. What says
 * nothing (curl, old browsers) passes: the token is there for it.
 */
export function isSameOrigin({ host, origin, 'sec-fetch-site': site }: OriginHeaders): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
  return true;
}
