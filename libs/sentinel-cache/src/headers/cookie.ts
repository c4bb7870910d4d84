import { parseCookie } from 'cookie';

/**
 * One cookie of a Cookie header as it was sent: Django writes values plainly, so nothing is percent-decoded. Undefined when it is not
 * there; cheap when the header does not hold the name at all.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined;
  return parseCookie(header, { decode: (value) => value })[name];
}
