/** Why a location can't be read. Contains no part of it, since a location may contain a password. */
export interface LocationFault {
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;
}

/** The result of a location parser, which never throws. */
export type Parsed<T> = { readonly value: T } | { readonly fault: LocationFault };

/** Makes the result of a parser that fails. */
export function fault(expected: string, got: string, remedy: string): { readonly fault: LocationFault } {
  return { fault: { expected, got, remedy } };
}

/**
 * Reads a database number: digits alone (Python's int() also takes a sign, spaces and underscores). Undefined
 * for anything else.
 */
export function parseDatabase(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/**
 * Splits a LOCATION into its items: text is cut at the separators and not trimmed, a list or Set is taken as
 * it is. Undefined for anything else.
 */
export function splitLocation(location: unknown, separators: RegExp): readonly unknown[] | undefined {
  if (typeof location === 'string') return location === '' ? [] : location.split(separators);
  if (Array.isArray(location)) return location;
  return location instanceof Set ? [...location] : undefined;
}
