/** Why a location can't be read. Holds no part of it: a location may hold a password. */
export interface LocationFault {
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;
}

/** What a location parser gives back: it never throws. */
export type Parsed<T> = { readonly value: T } | { readonly fault: LocationFault };

/** A TCP address. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export function fault(expected: string, got: string, remedy: string): { readonly fault: LocationFault } {
  return { fault: { expected, got, remedy } };
}
